// The system `transformer` and a target encoder that learns from the soft labels of teachers, archives
// of `transformer` (XNER_TEACHERS, parted by commas). XNER_PAIR names the languages, XNER_ENCODER the
// encoder, or XNER_SOURCE_ARCHIVE a trained `transformer` to start from.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.transformer_distilled + pairs.chosen
