// Source-Mono, English -> Finnish (paper, Table 3): monolingual word vectors, without characters.
// Trained on English, applied to the target language without any mapping: the floor that the
// cross-lingual systems must beat.
local template = import 'template.libsonnet';

template {
  target_language:: 'fi',
  vectors:: 'monolingual',
  source_encoder:: 'untied',
  source_characters:: false,
}
