// What all systems share. systems.libsonnet and pairs.libsonnet extend this object and say what a
// system is; the hidden fields (`::`) are the choices, the visible ones below are AllenNLP's.
local data = import 'data.libsonnet';
local device = import 'device.libsonnet';
local preset = import 'presets.libsonnet';
local archive = std.extVar('XNER_SOURCE_ARCHIVE');
local selections =
  local known = ['dev', 'label_free', 'all'];
  local chosen = std.extVar('XNER_SELECTIONS');
  if std.member(known, chosen) then chosen
  else error 'XNER_SELECTIONS is ' + chosen + ', known are: ' + std.join(', ', known);
local teachers = [
  std.stripChars(name, ' \t\n')
  for name in std.split(std.extVar('XNER_TEACHERS'), ',')
  if std.stripChars(name, ' \t\n') != ''
];
local scores_labels = std.extVar('XNER_GOLD') != '';
local seed = import 'seed.libsonnet';

// Sizes of the paper: characters 25, one direction of an LSTM 25 and 100.
local char_lstm(kind) = { type: kind + '_lstm', input_size: 25, hidden_size: 25 };
local word_encoder(kind, word_dim, characters) =
  if kind == 'pass_through' then { type: 'pass_through', input_dim: word_dim }
  else {
    type: kind + '_lstm',
    input_size: word_dim + (if characters then 50 else 0),
    hidden_size: 100,
  };

{
  local system = self,

  // ---- What a system must say (systems.libsonnet) ----------------------------------------------
  // 'mapped' (common space), 'monolingual' (each language's own space), 'random', 'translated'
  // (the target's own space; the source sentences are translated), 'pretrained' (one transformer
  // for both languages)
  vectors:: error 'a system must override vectors',
  // 'tied' (one cell for both directions), 'untied', or 'pass_through' (none)
  source_encoder:: error 'a system must override source_encoder',
  source_characters:: error 'a system must override source_characters',

  // ---- What a pair must say (pairs.libsonnet) --------------------------------------------------
  source_language:: error 'a pair must override source_language',
  target_language:: error 'a pair must override target_language',
  // 'BIOUL' (IOBES), or 'BIO' (IOB2).
  tag_scheme:: error 'a pair must override tag_scheme',
  shared_characters:: error 'a pair must override shared_characters',
  base:: error 'a pair must override base',

  // The files of each language: { train:, dev:, test:, vectors: }; dev and test may be null.
  source_files:: data.source(system.source_language),
  target_files:: data.target(system.target_language),
  // Those of each source language by the name that it has in the tagger: of several, as in en+es_nl,
  // 'source_en' and 'source_es'.
  sources::
    local codes = std.split(system.source_language, '+');
    if std.length(codes) == 1 then { source: system.source_files }
    else { ['source_' + code]: data.source(code) for code in codes },

  // ---- What they may say -----------------------------------------------------------------------
  // Whether there is a target encoder, trained on pseudo-labels (Cross-Augmented), of which kind,
  // whether it reads characters, and whether the source path learns from pseudo-labels too.
  augmented:: false,
  target_encoder:: 'untied',
  target_characters:: true,
  teacher_loss:: true,
  // Whether the terms of equation 7 are averaged instead of summed.
  average_terms:: false,
  // Batches in a round of pseudo-labels, null: as many as in a pass over the source data.
  n_steps:: null,
  // What the target path learns from: pseudo-labels, of the tagger itself or of its moving average;
  // those of frozen teachers, which are soft, hard or partial; translated source sentences.
  pseudo_labels:: true,
  distillation:: false,
  labels:: 'soft',
  translated_batches:: false,
  // How slowly a teacher moves that is the exponential moving average of the student, e.g. 0.999, the
  // share of the old weights in a step; null: the student itself teaches.
  moving_average:: null,
  // Whether both paths make pseudo-labels, a word on which they differ being open between two tags.
  both_paths:: false,
  // On which share of the words of entities these must agree, or the first labels stay.
  min_agreement:: 0,
  // Whether as many words belong to entities in these labels as in the labelled sentences.
  entity_share:: false,
  // Bounds of the length l of pseudo-labelled sentences, by default the shortest and the longest:
  // { min_length: ..., max_length: ... }
  lengths:: {},
  // Whether a pretrained transformer stays as it is.
  frozen_encoder:: false,
  // Whether the archive has the mean of the last epochs' weights instead of the best epoch's.
  average_weights:: false,
  // The mean length that word vectors are brought to, null: as they come. A mapping that normalises
  // leaves short ones, with which few passes learn little.
  vector_length:: preset.vector_length,
  // Whether words without a vector get one from their character n-grams.
  subwords:: preset.subwords,
  // Entity types whose words are copied where source sentences are translated, e.g. ['PER'].
  copied_types:: [],
  // Which language's labels are learned: 'target' for the supervised systems.
  trained_on:: 'source',
  // Of each source language the mapping that brings it and the target into one space; of several it
  // is the target's own.
  mapping_files::
    local pair = system.source_language + '_' + system.target_language;
    if several then {
      [name]: data.mapping_of(std.substr(name, 7, std.length(name)), pair)
      for name in names
    } else { source: data.mapping(pair) },

  // ---- What follows from it; no need to change anything below -----------------------------------
  local sources = system.sources,
  local names = std.objectFields(sources),
  local several = std.length(names) > 1,
  local target = system.target_files,
  local supervised = system.trained_on == 'target',
  local starts_from_archive = system.augmented && archive != '',
  local pretrained = system.vectors == 'pretrained',
  local frozen = system.frozen_encoder,
  // What an LSTM's two directions have, so whatever reads the words need not know the encoder.
  local word_dim = if pretrained then 200 else preset.embedding_dim,
  local embedder(language, file, mapping_file) =
    if system.vectors == 'random' then {
      type: 'embedding',
      embedding_dim: preset.embedding_dim,
      vocab_namespace: language + '_tokens',
      trainable: false,
    } else {
      type: 'mapped_embedding',
      embedding_dim: preset.embedding_dim,
      language: language,
      // A translated sentence has words of the target language.
      pretrained_file: if system.vectors == 'translated' then target.vectors else file,
      [if system.vectors == 'mapped' then 'mapping_file']: mapping_file,
      [if system.vector_length != null then 'mean_length']: system.vector_length,
      [if system.subwords then 'subwords']: true,
    },

  // Of one source language its own, else each language's by name.
  local of_sources(values) = if several then values else values.source,
  local translating_reader = {
    type: 'translated_conll_ner',
    mapping_file: of_sources(system.mapping_files),
    source_vectors: of_sources({ [name]: sources[name].vectors for name in names }),
    target_vectors: target.vectors,
    max_words: preset.target_vocabulary,
    [if system.copied_types != [] then 'copied_types']: system.copied_types,
  },
  local reader =
    if system.vectors == 'translated' then translating_reader else { type: 'conll_ner' },
  // Reads source files as sentences of the target language.
  local translated_reader = translating_reader {
    translated_language: 'target',
    tag_scheme: system.tag_scheme,
    tags_in_vocabulary: false,
  },
  local scores_translated = selections == 'label_free' && system.vectors == 'mapped',
  local gold = {
    [if scores_labels then 'gold_file']: target.train,
    [if scores_labels then 'gold_reader']: system.validation_dataset_reader,
  },

  // A transformer's pieces in the place of characters.
  local token_indexers = {
    [words]: { type: 'single_id_case_fallback', namespace: words }
    for words in [name + '_tokens' for name in names + ['target']]
  } + { characters: { type: 'word_pieces' } },

  random_seed: seed,
  numpy_seed: seed,
  pytorch_seed: seed,

  dataset_reader: reader {
    tag_scheme: system.tag_scheme,
    language: 'source',
    max_length: 250,
    // Raw text: the tag column of these files is not looked at.
    untagged_languages: if supervised then [] else ['target'],
    [if pretrained then 'token_indexers']: token_indexers,
  },
  // Plain files, as in `allennlp evaluate ARCHIVE FILE`, are of the target language.
  validation_dataset_reader: reader {
    tag_scheme: system.tag_scheme,
    language: 'target',
    // What labels there are, the training data says: no tag of the target has a say.
    tags_in_vocabulary: false,
    [if pretrained then 'token_indexers']: token_indexers,
  },

  local files(split) = {
    [if target[split] != null then 'target']: target[split],
  } + {
    [name]: sources[name][split]
    for name in names
    if !supervised && sources[name][split] != null
  },
  train_data_path: files('train'),
  validation_data_path: files('dev'),
  local has_test = files('test') != {},
  test_data_path: if has_test then files('test'),
  evaluate_on_test: has_test,

  vocabulary:
    if starts_from_archive then { type: 'from_archive', archive: archive }
    else if system.vectors == 'random' then { type: 'from_instances' }
    else if pretrained then {
      type: 'from_instances_and_encoder',
      encoder: data.encoder,
      [if several then 'languages']: names + ['target'],
    }
    else {
      type: 'from_instances_and_vectors',
      // Target words beyond the corpora, or they would be unknown at prediction.
      pretrained_files: { target_tokens: target.vectors },
      min_pretrained_embeddings: { target_tokens: preset.target_vocabulary },
    },

  model: {
    type: 'cross_lingual_crf_tagger',
    tag_scheme: system.tag_scheme,
    word_embedders: if pretrained then {
      both: {
        type: 'pretrained_encoder',
        output_dim: word_dim,
        [if frozen then 'train_parameters']: false,
        [if !frozen then 'frozen_share']: preset.frozen_share,
        [if frozen && preset.frozen_layers != null then 'layers']: preset.frozen_layers,
        [if !starts_from_archive then 'pretrained_file']: data.encoder,
      },
    } else {
      target: embedder('target', target.vectors, system.mapping_files[names[0]]),
    } + {
      [name]: embedder(name, sources[name].vectors, system.mapping_files[name])
      for name in names
      if !supervised
    },
    [if system.source_characters || (system.augmented && system.target_characters)
    then 'character_embedder']: {
      type: 'shared_char_lstm',
      [if system.source_characters then 'encoder']: char_lstm(system.source_encoder),
      [if system.augmented && system.target_characters then 'target_encoder']:
        char_lstm(system.target_encoder),
    },
    encoder: word_encoder(system.source_encoder, word_dim, system.source_characters),
    [if system.augmented then 'target_encoder']:
      word_encoder(system.target_encoder, word_dim, system.target_characters),
    [if !system.teacher_loss then 'teacher_loss']: false,
    [if system.average_terms then 'average_terms']: true,
    // A transformer that is trained has dropout of its own.
    dropout: if pretrained && !frozen then 0.1 else 0.5,
    [if starts_from_archive then 'pretrained_file']: archive,
    // sqrt(3 / dim), as Lample et al. (2016) draw word vectors.
    [if system.vectors == 'random' then 'initializer']: {
      local bound = std.sqrt(3 / preset.embedding_dim),
      regexes: [['word_embedders\\..*\\.weight', { type: 'uniform', a: -bound, b: bound }]],
    },
  },

  data_loader: {
    type: 'cross_lingual',
    batch_size: 16,
    shuffle: true,
    batches_per_epoch: preset.batches_per_epoch,
    seed: seed,
  },
  validation_data_loader: { type: 'cross_lingual' },

  trainer: {
    // AllenNLP's own, with callbacks that have names.
    type: 'named_callbacks',
    [if data.warning != null then 'warning']: data.warning,
    cuda_device: device.number,
    optimizer: if pretrained then {
      type: 'adamw',
      lr: 0.001,
      [if !frozen then 'parameter_groups']: [[['^word_embedders\\..*\\.transformer\\.'], { lr: preset.transformer_rate }]],
    } else { type: 'sgd', lr: 0.1 },
    learning_rate_scheduler: if pretrained then { type: 'linear_warmup_decay', warmup: 0.1 }
    else { type: 'inverse_time_decay', decay: 0.01, floor: 0.0001 },
    grad_norm: 5.0,
    [if system.moving_average != null then 'moving_average']: {
      type: 'exponential',
      decay: system.moving_average,
    },
    // The truly unsupervised choice of the best epoch; `keep_best` keeps the best on target dev
    // beside it, for `allennlp evaluate --weights-file`.
    validation_metric: '+' + system.trained_on + '_f1',
    // Whole or not there: the run may be killed at any moment.
    checkpointer: { type: 'atomic', keep_most_recent_by_count: 1 },
    local transformer_passes =
      if frozen then preset.frozen_passes else preset.transformer_passes,
    local pretraining = if system.augmented && !starts_from_archive
    then (if pretrained then transformer_passes else preset.pretraining_passes) else 0,
    local passes =
      if pretrained then transformer_passes + pretraining
      else if system.augmented then preset.augmented_passes + pretraining
      else preset.num_passes,
    // Each is what its name says, or its `type`. Change one, or add one, by its name:
    //   -o '{"trainer.callbacks.source_passes.num_passes": 5}'
    callbacks: {
      // How long training is; AllenNLP's `num_epochs` follows from it.
      source_passes: { num_passes: passes },
      exact_recovery: {},
      [if frozen then 'encoder_states']: { folder: 'runs/encoder_states' },
      [if pretrained then 'memory_check']: {},
      keep_best_target_f1: { type: 'keep_best', metric: '+target_f1' },
      [if system.augmented && system.pseudo_labels then 'pseudo_labels']: {
        [if system.n_steps != null then 'n_steps']: system.n_steps,
        [if system.both_paths then 'both_paths']: true,
        [if system.both_paths then 'min_agreement']: system.min_agreement,
        [if system.entity_share then 'entity_share']: true,
        pretraining_passes: pretraining,
        seed: seed,
      } + gold + system.lengths,
      [if system.distillation then 'distillation']: {
        teachers: if teachers != [] then teachers
        else error 'XNER_TEACHERS is not set: give the archives of the teachers, parted by commas',
        labels: system.labels,
        [if system.entity_share then 'entity_share']: true,
        seed: seed,
      } + gold + system.lengths,
      [if system.translated_batches then 'translated_batches']: {
        reader: translated_reader { max_length: 250 },
        path: { [name]: sources[name].train for name in names },
        seed: seed,
      },
      [if scores_translated then 'translated_dev']: {
        type: 'further_sets',
        sets: { translated_dev: { [name]: sources[name].dev for name in names } },
        reader: translated_reader,
      },
      [if scores_translated then 'keep_best_translated_dev_f1']: {
        type: 'keep_best',
        metric: '+translated_dev_f1',
      },
      [if selections == 'all' then 'further_sets']: {
        sets: { target_test: { target: target.test } },
        reader: system.validation_dataset_reader,
      },
      [if selections == 'all' then 'keep_best_target_test_f1']: {
        type: 'keep_best',
        metric: '+target_test_f1',
      },
      [if system.average_weights then 'average_weights']: { num_epochs: preset.averaged_epochs },
      stop_on_divergence: {},
    },
    // Jsonnet sorts names, so this says who is called first; those that are not here come last.
    callback_order: [
      'source_passes',
      'exact_recovery',
      'encoder_states',
      'keep_best_target_f1',
      'pseudo_labels',
      'distillation',
      'translated_batches',
      'translated_dev',
      'keep_best_translated_dev_f1',
      'further_sets',
      'keep_best_target_test_f1',
      'average_weights',
      'stop_on_divergence',
    ],
  },
}
