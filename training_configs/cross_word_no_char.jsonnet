// Cross-Word without characters (paper, Table 4): mapped word vectors only. XNER_PAIR names the
// languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_word_no_char + pairs.chosen
