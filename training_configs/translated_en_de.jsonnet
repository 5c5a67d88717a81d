// Word-by-word translation, English -> German (Xie et al. 2018): a tagger of the target language,
// trained on translated source sentences.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.translated + pairs.en_de
