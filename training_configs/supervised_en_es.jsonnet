// Supervised tagger for Spanish (paper, Table 2): trained on the labels of the target language itself,
// the upper bound. Model selection on the target dev set.
local template = import 'template.libsonnet';

template {
  target_language:: 'es',
  vectors:: 'monolingual',
  source_encoder:: 'untied',
  source_characters:: true,
  trained_on:: 'target',
}
