// Cross-Shared with characters, also for the pairs of which the paper's table has it without.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_shared_char + pairs.chosen
