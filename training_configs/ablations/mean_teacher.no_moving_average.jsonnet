// The Mean Teacher whose pseudo-labels come from the student as it stands.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { moving_average:: null }
