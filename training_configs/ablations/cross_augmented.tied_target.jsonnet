// Cross-Augmented with a tied target encoder: one LSTM cell for both directions there too.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_augmented + pairs.chosen { target_encoder:: 'tied' }
