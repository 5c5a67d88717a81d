// The systems compared, each said in what sets it apart; template.libsonnet has what they share. A
// config file is a system and a pair: `systems.cross_shared + pairs.chosen`.
local template = import 'template.libsonnet';

// Trained on English, applied to the target language without any mapping: the floor that the
// cross-lingual systems must beat (paper, Table 3).
local source_mono = template {
  vectors:: 'monolingual',
  source_encoder:: 'untied',
  source_characters:: true,
};

// Base systems (paper, Table 4): word vectors in the common space, trained on the source language.
local bases = {
  // Words only.
  cross_word_no_char: template {
    vectors:: 'mapped',
    source_encoder:: 'untied',
    source_characters:: false,
  },
  // And characters, which the languages share.
  cross_word: self.cross_word_no_char { source_characters:: true },
  // And one LSTM cell for both directions; without characters for the pairs of which the paper's
  // table has it so.
  cross_shared: template {
    vectors:: 'mapped',
    source_encoder:: 'tied',
    source_characters:: self.shared_characters,
  },
  // The same with and without characters for every pair.
  cross_shared_char: self.cross_shared { source_characters:: true },
  cross_shared_no_char: self.cross_shared { source_characters:: false },
};

bases {
  source_mono: source_mono,
  source_mono_no_char: source_mono { source_characters:: false },
  source_mono_random: source_mono { vectors:: 'random' },
  source_mono_random_no_char: source_mono { vectors:: 'random', source_characters:: false },

  // A base system and a target encoder, trained jointly on pseudo-labels (paper, Table 4). XNER_BASE
  // names another base than the paper's. Pre-trains its source path in the same run, or starts from
  // a trained base system:
  //   XNER_SOURCE_ARCHIVE=runs/cross_shared_en_nl/model.tar.gz allennlp train ...
  cross_augmented: template {
    local chosen = std.extVar('XNER_BASE'),
    local name = if chosen == '' then self.base else chosen,
    local base =
      if std.objectHas(bases, name) then bases[name] { shared_characters:: outer.shared_characters }
      else error 'XNER_BASE is ' + name + ', known are: ' + std.join(', ', std.objectFields(bases)),
    local outer = self,

    vectors:: 'mapped',
    source_encoder:: base.source_encoder,
    source_characters:: base.source_characters,
    augmented:: true,
    // The paper adds them, which says nothing of the length of a step; their mean has that of a base
    // system, and added up the stage loses to its base (docs/experiments.md).
    average_terms:: true,
  },

  // Beyond the paper, and what we recommend (docs/experiments.md): the pseudo-labels of all raw target
  // sentences come from both paths of the exponential moving average of the student (Tarvainen and
  // Valpola 2017), and the target path learns from translated source sentences with their true tags,
  // too, at first from these alone. The average is what is validated and kept, and of that the mean of
  // the last epochs, so no epoch is chosen. Starts from a base as Cross-Augmented does.
  mean_teacher: self.cross_augmented {
    moving_average:: 0.999,
    both_paths:: true,
    min_agreement:: 0.6,
    entity_share:: true,
    teacher_loss:: false,
    translated_batches:: true,
    // As l, longer than any sentence.
    lengths:: { min_length: 1000000, max_length: 1000000 },
    average_weights:: true,
  },

  // Beyond the paper: the target path learns from raw target sentences with the labels of frozen
  // teachers, a word of which these are not certain being open between its probable tags, and from
  // translated source sentences with their true tags; nothing learns from labels of its own. No epoch
  // is chosen: the archive has the mean of the last ones' weights. XNER_TEACHERS names the teachers'
  // archives, e.g. of cross_shared and translated:
  //   XNER_TEACHERS=A/model.tar.gz,B/model.tar.gz XNER_SOURCE_ARCHIVE=A/model.tar.gz allennlp train ...
  cross_distilled: self.cross_augmented {
    pseudo_labels:: false,
    distillation:: true,
    labels:: 'partial',
    entity_share:: true,
    translated_batches:: true,
    teacher_loss:: false,
    average_weights:: true,
  },

  // Xie et al. (2018): the labelled source sentences, translated word by word through the mapping,
  // train a tagger of the target language. The development set is translated too, so the choice of
  // the best epoch (`source_f1`) needs no target labels. Architecture as Cross-Word.
  translated: template {
    vectors:: 'translated',
    source_encoder:: 'untied',
    source_characters:: true,
  },

  // A pretrained multilingual encoder (XNER_ENCODER), fine-tuned on the source language: no mapping
  // and no word vectors. Where it was pretrained on parallel text, this is not zero-resource.
  transformer: template {
    vectors:: 'pretrained',
    source_encoder:: 'pass_through',
    source_characters:: false,
  },
  // The paper's last stage on top, with a target encoder that reads the encoder's states. Pre-trains
  // in the same run, or starts from an archive of `transformer` (XNER_SOURCE_ARCHIVE).
  transformer_augmented: self.transformer {
    augmented:: true,
    target_characters:: false,
    average_terms:: true,
  },
  // In place of pseudo-labels of its own the soft labels of frozen teachers (XNER_TEACHERS), archives
  // of `transformer`, several seeds if you can.
  transformer_distilled: self.transformer_augmented {
    pseudo_labels:: false,
    distillation:: true,
    teacher_loss:: false,
  },
  // The encoder stays as it is, and its states are computed once for a corpus, in minutes on a CPU; a
  // biLSTM-CRF on top.
  transformer_frozen: self.transformer {
    frozen_encoder:: true,
    source_encoder:: 'untied',
  },

  // Trained on the labels of the target language itself, the upper bound (paper, Table 2). Model
  // selection on the target dev set.
  supervised: template {
    vectors:: 'monolingual',
    source_encoder:: 'untied',
    source_characters:: true,
    trained_on:: 'target',
  },
}
