local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.mean_teacher + pairs.chosen
