// Cross-Word, English -> Dutch (paper, Table 4): mapped word vectors and shared characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_word + pairs.en_nl
