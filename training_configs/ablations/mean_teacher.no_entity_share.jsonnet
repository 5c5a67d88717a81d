// The Mean Teacher whose pseudo-labels have as many entities as its paths find.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { entity_share:: false }
