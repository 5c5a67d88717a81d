// Mapping for English -> Dutch: English words into the Dutch space (as in the paper).
local template = import 'mapping_template.libsonnet';

template {
  target_language:: 'nl',
  direction:: 'source_to_target',
}
