// Mapping for English -> Finnish: Finnish words into the English space (as in the paper).
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.en_fi
