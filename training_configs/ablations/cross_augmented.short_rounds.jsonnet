// Cross-Augmented with new pseudo-labels every 150 batches, the paper's rhythm of evaluation, instead
// of once a pass.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { n_steps:: 150 }
