// Mapping for English -> Dutch: English words into the Dutch space (as in the paper).
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.en_nl
