// Cross-Shared trained and validated in IOBES (BIOUL), for Arabic too.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_shared + pairs.chosen { tag_scheme:: 'BIOUL' }
