// Source-Mono (paper, Table 3): monolingual word vectors, with characters. XNER_PAIR names the
// languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.source_mono + pairs.chosen
