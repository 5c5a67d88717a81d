// Supervised tagger for Finnish (paper, Table 2): the upper bound.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.supervised + pairs.en_fi
