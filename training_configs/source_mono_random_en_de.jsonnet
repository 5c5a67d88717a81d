// Source-Mono, English -> German (paper, Table 3): random word vectors, with characters.
// Trained on English, applied to the target language without any mapping: the floor that the
// cross-lingual systems must beat.
local template = import 'template.libsonnet';

template {
  target_language:: 'de',
  vectors:: 'random',
  source_encoder:: 'untied',
  source_characters:: true,
}
