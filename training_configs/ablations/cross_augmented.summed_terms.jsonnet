// Cross-Augmented with the sum of equation 7's terms instead of their mean: a step of the shared
// weights is up to three times as long as in a base system.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { average_terms:: false }
