// The Mean Teacher without pseudo-labels: the target path learns from translated sentences alone.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { pseudo_labels:: false }
