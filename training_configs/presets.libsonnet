// XNER_PRESET chooses how long a system is trained; everything else is the paper's in all of them.
// It is a preset's name, or an object whose fields replace those of the preset that it names:
//   XNER_PRESET='{"preset": "small", "embedding_dim": 100}'
//   embedding_dim       of the word vectors
//   num_passes          over the source data ("epochs" in the paper)
//   augmented_passes    the same, of Cross-Augmented's joint training
//   pretraining_passes  before it, where it starts from no archive
//   batches_per_epoch   batches between two evaluations, null: once a pass
//   averaged_epochs     how many of the last stretches between two evaluations `average_weights`
//                       takes, about the second half of training, or the last pass
//   target_vocabulary   how many of the most frequent target vectors an archive keeps, so that
//                       words unseen in training are known at prediction
//   transformer_passes  as num_passes, of systems with a pretrained encoder; before joint training,
//                       and in it, too
//   transformer_rate    the highest learning rate of a pretrained encoder
//   frozen_share        of a pretrained encoder's layers, the lowest ones, which are not trained
//   frozen_passes       as transformer_passes, where the encoder is frozen
//   frozen_layers       of which of its layers a frozen encoder's states are the mean, null: the last
//   vector_length, subwords  as in template.libsonnet, of all systems with word vectors
local presets = {
  // The toy world: seconds a system.
  fixtures: {
    embedding_dim: 40,
    num_passes: 8,
    augmented_passes: 8,
    pretraining_passes: 6,
    batches_per_epoch: null,
    averaged_epochs: 4,
    target_vocabulary: 10000,
    transformer_passes: 12,
    transformer_rate: 0.003,
    frozen_share: 0,
    frozen_passes: 12,
    frozen_layers: null,
  },
  // ../shared/data on two CPU cores: minutes a system. Two evaluations in a pass over the 11,590
  // English sentences of that data.
  small: {
    embedding_dim: 300,
    num_passes: 3,
    augmented_passes: 3,
    pretraining_passes: 3,
    batches_per_epoch: 362,
    averaged_epochs: 3,
    target_vocabulary: 45000,
    transformer_passes: 1,
    transformer_rate: 0.00005,
    frozen_share: 0.25,
    frozen_passes: 5,
    frozen_layers: null,
  },
  // The paper's settings.
  paper: {
    embedding_dim: 300,
    num_passes: 30,
    augmented_passes: 30,
    pretraining_passes: 10,
    batches_per_epoch: 150,
    averaged_epochs: 7,
    target_vocabulary: 200000,
    transformer_passes: 3,
    transformer_rate: 0.00003,
    frozen_share: 0.25,
    frozen_passes: 10,
    frozen_layers: null,
  },
};

local given = std.extVar('XNER_PRESET');
local changes = if std.startsWith(given, '{') then std.parseJson(given) else { preset: given };
local name =
  if std.objectHas(changes, 'preset') then changes.preset
  else error 'XNER_PRESET names no preset to change, e.g. {"preset": "small", ...}';
local preset =
  if std.objectHas(presets, name) then { preset: name, vector_length: null, subwords: false } + presets[name]
  else error 'XNER_PRESET is ' + name + ', known are: ' + std.join(', ', std.objectFields(presets));
local unknown = [field for field in std.objectFields(changes) if !std.objectHas(preset, field)];
if unknown == [] then preset + changes
else error 'XNER_PRESET changes ' + std.join(', ', unknown) + ', but known are: '
           + std.join(', ', std.objectFields(preset))
