// Source-Mono, English -> German (paper, Table 3): monolingual word vectors, with characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.source_mono + pairs.en_de
