// Mapping for English -> Spanish: English words into the Spanish space (as in the paper).
local template = import 'mapping_template.libsonnet';

template {
  target_language:: 'es',
  direction:: 'source_to_target',
}
