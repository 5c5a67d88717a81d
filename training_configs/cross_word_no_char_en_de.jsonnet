// Cross-Word without characters, English -> German (paper, Table 4): mapped word vectors only.
local template = import 'template.libsonnet';

template {
  target_language:: 'de',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: false,
}
