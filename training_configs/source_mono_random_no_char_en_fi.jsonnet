// Source-Mono, English -> Finnish (paper, Table 3): random word vectors, without characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.source_mono_random_no_char + pairs.en_fi
