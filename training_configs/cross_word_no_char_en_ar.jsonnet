// Cross-Word without characters, English -> Arabic (paper, Table 4): mapped word vectors only.
local template = import 'template.libsonnet';

template {
  target_language:: 'ar',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: false,
  tag_scheme:: 'BIO',
}
