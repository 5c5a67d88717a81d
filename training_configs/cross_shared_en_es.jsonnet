// Cross-Shared, English -> Spanish (paper, Table 4): as Cross-Word, with one LSTM cell for both directions.
local template = import 'template.libsonnet';

template {
  target_language:: 'es',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: true,
}
