// Cross-Shared, English -> Dutch (paper, Table 4): as Cross-Word, with one LSTM cell for both directions.
local template = import 'template.libsonnet';

template {
  target_language:: 'nl',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: true,
}
