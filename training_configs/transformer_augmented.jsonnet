// The system `transformer` and a target encoder, trained jointly on pseudo-labels. XNER_PAIR names the
// languages, XNER_ENCODER the encoder, or XNER_SOURCE_ARCHIVE a trained `transformer` to start from.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.transformer_augmented + pairs.chosen
