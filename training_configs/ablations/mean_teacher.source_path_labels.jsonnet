// The Mean Teacher whose pseudo-labels come from its source path alone, as in the paper.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { both_paths:: false }
