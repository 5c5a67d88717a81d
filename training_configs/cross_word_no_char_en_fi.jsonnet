// Cross-Word without characters, English -> Finnish (paper, Table 4): mapped word vectors only.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_word_no_char + pairs.en_fi
