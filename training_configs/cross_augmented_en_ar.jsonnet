// Cross-Augmented, English -> Arabic (paper, Table 4): a base system (Cross-Word without characters, or that of XNER_BASE)
// and a target encoder, trained jointly on pseudo-labels.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_augmented + pairs.en_ar
