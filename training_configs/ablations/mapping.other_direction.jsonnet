// The mapping in the other direction than the paper's of the pair:
//   XNER_PAIR=en_nl allennlp map-embeddings training_configs/ablations/mapping.other_direction.jsonnet \
//       -s runs/mapping.other_direction_en_nl
local mapping = import '../mapping_template.libsonnet';
local pairs = import '../pairs.libsonnet';

mapping + pairs.chosen {
  direction:: if super.direction == 'source_to_target' then 'target_to_source' else 'source_to_target',
}
