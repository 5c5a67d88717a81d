// Translated, of which no epoch is chosen: the mean of the weights of the last ones.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.translated + pairs.chosen { average_weights:: true }
