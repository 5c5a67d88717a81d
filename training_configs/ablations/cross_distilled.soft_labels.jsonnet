// Cross-Distilled, which learns the distribution over tag sequences that its teachers expect.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_distilled + pairs.chosen { labels:: 'soft' }
