// Mapping for English -> Arabic: Arabic words into the English space (as in the paper).
local template = import 'mapping_template.libsonnet';

template {
  target_language:: 'ar',
  direction:: 'target_to_source',
}
