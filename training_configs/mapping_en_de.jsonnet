// Mapping for English -> German: English words into the German space (as in the paper).
local template = import 'mapping_template.libsonnet';

template {
  target_language:: 'de',
  direction:: 'source_to_target',
}
