// Cross-Shared, English -> Finnish (paper, Table 4): as Cross-Word, with one LSTM cell for both directions.
local template = import 'template.libsonnet';

template {
  target_language:: 'fi',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: true,
}
