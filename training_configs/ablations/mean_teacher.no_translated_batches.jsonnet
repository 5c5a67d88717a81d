// The Mean Teacher without translated sentences: the target path learns from pseudo-labels alone.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { translated_batches:: false }
