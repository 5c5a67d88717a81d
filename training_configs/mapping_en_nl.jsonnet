// Worked example: mapping.jsonnet with XNER_PAIR=en_nl. English words into the Dutch space.
// Without XNER_DATA the toy world stands in for both languages.
local mapping = import 'mapping_template.libsonnet';
local pairs = import 'pairs.libsonnet';

mapping + pairs.en_nl
