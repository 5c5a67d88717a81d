// Mapping for English -> German: English words into the German space (as in the paper).
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.en_de
