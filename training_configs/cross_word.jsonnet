// Cross-Word (paper, Table 4): mapped word vectors and shared characters. XNER_PAIR names the
// languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_word + pairs.chosen
