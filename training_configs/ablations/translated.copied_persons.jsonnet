// Translated, in which words of persons are copied where both languages have one script, as the code
// of Xie et al. (2018) does.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.translated + pairs.chosen { copied_types:: ['PER'] }
