// Cross-Distilled without translated sentences: the target path learns from the teachers alone.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_distilled + pairs.chosen { translated_batches:: false }
