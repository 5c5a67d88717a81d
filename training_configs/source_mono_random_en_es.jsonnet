// Source-Mono, English -> Spanish (paper, Table 3): random word vectors, with characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.source_mono_random + pairs.en_es
