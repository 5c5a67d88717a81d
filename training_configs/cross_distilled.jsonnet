local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_distilled + pairs.chosen
