// Worked example: cross_augmented.jsonnet with XNER_PAIR=en_nl. English labels, Dutch raw text.
// Without XNER_DATA the toy world stands in for both languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_augmented + pairs.en_nl
