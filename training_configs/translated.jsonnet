// Word-by-word translation (Xie et al. 2018): a tagger of the target language, trained on translated
// source sentences. XNER_PAIR names the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.translated + pairs.chosen
