// Mapping of word vectors (Algorithm 1, stage 1):
//
//   XNER_PAIR=en_nl allennlp map-embeddings training_configs/mapping.jsonnet -s runs/mapping_en_nl
//
// A config file adds a pair (pairs.libsonnet), which says the direction. XNER_DATA says where the
// vectors are, XNER_PRESET how long to train, XNER_SEED the seed, XNER_DEVICE where to compute; all
// else can be changed with `-o`, for instance
//
//   -o '{"mapper.preset": "robust"}'                       no GAN, for hard pairs (docs/mapping.md)
//   -o '{"mapper.restarts": 3}'                            best of three seeds
//   -o '{"evaluation_dictionary": "en-nl.5000-6500.txt"}'  also report precision@1/5/10
//   -o '{"write_mapped_vectors": true}'                    also write the vectors in common space
local data = import 'data.libsonnet';
local device = import 'device.libsonnet';
local seed = import 'seed.libsonnet';

// The mapper's preset (xner_allennlp/mapping/presets.py) for each XNER_PRESET.
local presets = {
  // The toy world: about ten seconds of adversarial training with a small discriminator.
  fixtures: 'toy',
  // ../shared/data on two CPU cores: minutes. No word pair and no GAN, which fails on vectors learned
  // from so little text (docs/mapping.md).
  small: 'robust',
  // MUSE's settings, which the paper follows, are the mapper's defaults: 5 epochs of 1,000,000
  // words, two hidden layers of 2048, learning rates 0.1, beta 0.001, no normalisation. Hours on a
  // GPU (XNER_DEVICE=cuda), most of a day on a CPU.
  paper: 'paper',
};

local preset = presets[(import 'presets.libsonnet').preset];

{
  local experiment = self,

  // ---- What a pair must say (pairs.libsonnet) --------------------------------------------------
  source_language:: error 'a pair must override source_language',
  target_language:: error 'a pair must override target_language',
  // 'source_to_target' (the paper's choice for es, nl, de) or 'target_to_source' (ar, fi)
  direction:: error 'a pair must override direction',

  // ---- What follows from it; no need to change anything below -----------------------------------
  source_files:: data.source(experiment.source_language),
  target_files:: data.target(experiment.target_language),
  local source =
    if std.length(std.findSubstr('+', experiment.source_language)) == 0 then experiment.source_files
    else error 'each of the languages ' + experiment.source_language + ' is mapped into the space of '
               + experiment.target_language + ' by: xner-map pivot --pivot '
               + experiment.target_language + '=FILE LANGUAGE=FILE LANGUAGE=FILE -s FOLDER',
  // Prints the warning.
  source_vectors: (if data.warning == null then source else std.trace(data.warning, source)).vectors,
  target_vectors: experiment.target_files.vectors,
  mapper: { direction: experiment.direction, seed: seed, device: device.torch, preset: preset },
}
