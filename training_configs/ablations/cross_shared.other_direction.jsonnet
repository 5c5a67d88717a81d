// Cross-Shared in the common space of mapping.other_direction, whose mapping.npz XNER_MAPPING names.
local pairs = import '../pairs.libsonnet';
local systems = import '../systems.libsonnet';

systems.cross_shared + pairs.chosen {
  mapping_files::
    if std.length(std.objectFields(self.sources)) > 1
    then error 'several source languages can be mapped only into the space of ' + self.target_language
    else if std.extVar('XNER_MAPPING') != '' then { source: std.extVar('XNER_MAPPING') }
    else error 'set XNER_MAPPING to the mapping.npz of ablations/mapping.other_direction.jsonnet',
}
