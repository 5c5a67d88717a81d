// Mapping of the word vectors, in the paper's direction for the pair that XNER_PAIR names.
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.chosen
