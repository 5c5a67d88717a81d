// Cross-Distilled with the most probable tags of the teachers in place of what they expect.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_distilled + pairs.chosen { labels:: 'hard' }
