// Cross-Augmented, English -> Finnish (paper, Table 4): the best base system of this pair,
// Cross-Shared, and a target encoder trained jointly on pseudo-labels.
// Pre-trains its source path in the same run, or starts from a trained base system:
//   XNER_SOURCE_ARCHIVE=runs/cross_shared_en_fi/model.tar.gz allennlp train ...
local template = import 'template.libsonnet';

template {
  target_language:: 'fi',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: true,
  augmented:: true,
}
