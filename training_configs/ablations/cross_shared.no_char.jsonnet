// Cross-Shared without characters for every pair. XNER_BASE=cross_shared_no_char lets
// Cross-Augmented start from it.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_shared_no_char + pairs.chosen
