// Cross-Shared, English -> Finnish (paper, Table 4): one LSTM cell for both directions.
local pairs = import 'pairs.libsonnet';
local systems = import 'systems.libsonnet';

systems.cross_shared + pairs.en_fi
