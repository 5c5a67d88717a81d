// Cross-Augmented without length sampling: in each round all target sentences are labelled.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { lengths:: systems.mean_teacher.lengths }
