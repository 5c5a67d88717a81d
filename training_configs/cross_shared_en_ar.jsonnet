// Cross-Shared, English -> Arabic (paper, Table 4): as Cross-Word, with one LSTM cell for both directions.
// As in the paper's table, without characters for this pair.
local template = import 'template.libsonnet';

template {
  target_language:: 'ar',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: false,
  tag_scheme:: 'BIO',
}
