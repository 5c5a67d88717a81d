// Cross-Shared, English -> Arabic (paper, Table 4): one LSTM cell for both directions, without characters.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_shared + pairs.en_ar
