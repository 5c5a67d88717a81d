// A baseline of one language: AllenNLP's own `crf_tagger`, embedders and encoders in the sizes of
// Source-Mono, trained and tested on the source language of the pair that XNER_PAIR names. Compare
// its `f1-measure-overall` with the `source_f1` of the systems.
//
// Files of exactly four columns (CoNLL-2003 as distributed) AllenNLP's `conll2003` reads as well:
//   -o '{"dataset_reader": {"type": "conll2003", "convert_to_coding_scheme": "BIOUL", "token_indexers": {
//        "source_tokens": {"type": "single_id", "namespace": "source_tokens"},
//        "characters": {"type": "characters", "namespace": "characters", "min_padding_length": 1}}}}'
local data = import 'data.libsonnet';
local device = import 'device.libsonnet';
local pairs = import 'pairs.libsonnet';
local preset = import 'presets.libsonnet';

local language = pairs.chosen.source_language;
local files =
  if std.length(std.findSubstr('+', language)) == 0 then data.source(language)
  else error 'stock_crf_tagger is trained on one language, and not on ' + language;
local seed = import 'seed.libsonnet';

{
  random_seed: seed,
  numpy_seed: seed,
  pytorch_seed: seed,

  dataset_reader: { type: 'conll_ner', language: 'source', tag_scheme: 'BIOUL' },
  train_data_path: files.train,
  validation_data_path: files.dev,
  test_data_path: files.test,
  evaluate_on_test: true,

  model: {
    type: 'crf_tagger',
    label_encoding: 'BIOUL',
    constrain_crf_decoding: true,
    calculate_span_f1: true,
    dropout: 0.5,
    text_field_embedder: {
      token_embedders: {
        source_tokens: {
          type: 'embedding',
          embedding_dim: preset.embedding_dim,
          pretrained_file: files.vectors,
          vocab_namespace: 'source_tokens',
          trainable: false,
        },
        characters: {
          type: 'character_encoding',
          embedding: { embedding_dim: 25, vocab_namespace: 'characters' },
          encoder: { type: 'lstm', input_size: 25, hidden_size: 25, bidirectional: true },
        },
      },
    },
    encoder: {
      type: 'lstm',
      input_size: preset.embedding_dim + 50,
      hidden_size: 100,
      bidirectional: true,
    },
  },

  data_loader: { batch_size: 16, shuffle: true },
  validation_data_loader: { batch_size: 256 },

  trainer: {
    type: 'named_callbacks',
    [if data.warning != null then 'warning']: data.warning,
    cuda_device: device.number,
    optimizer: { type: 'sgd', lr: 0.1 },
    grad_norm: 5.0,
    num_epochs: preset.num_passes,
    validation_metric: '+f1-measure-overall',
    checkpointer: { type: 'atomic', keep_most_recent_by_count: 1 },
  },
}
