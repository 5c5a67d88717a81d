// Cross-Augmented with the mean of equation 7's terms instead of their sum: a step of the shared
// weights is then as long as in a base system.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { average_terms:: true }
