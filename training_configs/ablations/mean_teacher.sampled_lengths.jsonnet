// The Mean Teacher with the paper's sampling of lengths: in each round the sentences of at most l words
// are labelled.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.mean_teacher + pairs.chosen { lengths:: {} }
