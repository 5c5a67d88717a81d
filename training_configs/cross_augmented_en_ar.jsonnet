// Cross-Augmented, English -> Arabic (paper, Table 4): the best base system of this pair,
// Cross-Word without characters, and a target encoder trained jointly on pseudo-labels.
// Pre-trains its source path in the same run, or starts from a trained base system:
//   XNER_SOURCE_ARCHIVE=runs/cross_word_no_char_en_ar/model.tar.gz allennlp train ...
local template = import 'template.libsonnet';

template {
  target_language:: 'ar',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: false,
  augmented:: true,
  tag_scheme:: 'BIO',
}
