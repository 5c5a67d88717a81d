// Supervised tagger (paper, Table 2): trained on the target's own labels, the upper bound.
// XNER_PAIR names the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.supervised + pairs.chosen
