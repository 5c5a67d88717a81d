// Cross-Shared, English -> Dutch (paper, Table 4): one LSTM cell for both directions.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_shared + pairs.en_nl
