// Cross-Augmented, English -> German (paper, Table 4): a base system (Cross-Shared without characters, or that of XNER_BASE)
// and a target encoder, trained jointly on pseudo-labels.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_augmented + pairs.en_de
