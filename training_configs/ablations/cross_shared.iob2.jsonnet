// Cross-Shared trained and validated in IOB2.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_shared + pairs.chosen { tag_scheme:: 'BIO' }
