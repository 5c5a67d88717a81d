// Cross-Shared (paper, Table 4): one LSTM cell for both directions. XNER_PAIR names the languages.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_shared + pairs.chosen
