// Cross-Augmented, English -> Dutch (paper, Table 4): the best base system of this pair,
// Cross-Shared, and a target encoder trained jointly on pseudo-labels.
// Pre-trains its source path in the same run, or starts from a trained base system:
//   XNER_SOURCE_ARCHIVE=runs/cross_shared_en_nl/model.tar.gz allennlp train ...
local template = import 'template.libsonnet';

template {
  target_language:: 'nl',
  vectors:: 'mapped',
  source_encoder:: 'tied',
  source_characters:: true,
  augmented:: true,
}
