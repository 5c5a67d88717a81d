// Cross-Word without characters, English -> Spanish (paper, Table 4): mapped word vectors only.
local template = import 'template.libsonnet';

template {
  target_language:: 'es',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: false,
}
