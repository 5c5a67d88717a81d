// A biLSTM-CRF on the states of a pretrained multilingual encoder that is not trained, applied to the
// target language. XNER_ENCODER names the encoder, XNER_PAIR the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.transformer_frozen + pairs.chosen
