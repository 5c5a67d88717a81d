// A pretrained multilingual encoder, fine-tuned on the source language, applied to the target language.
// XNER_ENCODER names it: a folder, or a name on the Hugging Face hub. XNER_PAIR names the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.transformer + pairs.chosen
