// Cross-Word, English -> Arabic (paper, Table 4): mapped word vectors and shared characters.
local template = import 'template.libsonnet';

template {
  target_language:: 'ar',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: true,
  tag_scheme:: 'BIO',
}
