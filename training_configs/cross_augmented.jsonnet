// Cross-Augmented (paper, Table 4): a base system (the pair's best, or that of XNER_BASE) and a
// target encoder, trained jointly on pseudo-labels. XNER_PAIR names the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_augmented + pairs.chosen
