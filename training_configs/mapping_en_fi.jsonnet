// Mapping for English -> Finnish: Finnish words into the English space (as in the paper).
local template = import 'mapping_template.libsonnet';

template {
  target_language:: 'fi',
  direction:: 'target_to_source',
}
