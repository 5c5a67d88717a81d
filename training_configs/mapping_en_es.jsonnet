// Mapping for English -> Spanish: English words into the Spanish space (as in the paper).
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.en_es
