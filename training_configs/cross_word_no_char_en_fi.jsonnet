// Cross-Word without characters, English -> Finnish (paper, Table 4): mapped word vectors only.
local template = import 'template.libsonnet';

template {
  target_language:: 'fi',
  vectors:: 'mapped',
  source_encoder:: 'untied',
  source_characters:: false,
}
