// Cross-Word, English -> German (paper, Table 4): mapped word vectors and shared characters.
local template = import 'template.libsonnet';

template {
  target_language:: 'de',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: true,
}
