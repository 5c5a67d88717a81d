// Cross-Distilled without teachers: the target path learns from translated sentences alone.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_distilled + pairs.chosen { distillation:: false }
