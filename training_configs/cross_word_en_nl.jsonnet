// Cross-Word, English -> Dutch (paper, Table 4): mapped word vectors and shared characters.
local template = import 'template.libsonnet';

template {
  target_language:: 'nl',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: true,
}
