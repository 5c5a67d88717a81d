// Source-Mono, English -> Finnish (paper, Table 3): monolingual word vectors, without characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.source_mono_no_char + pairs.en_fi
