"""The paper's tagger, its Figure 1."""

from collections import Counter
from typing import Any, Dict, List, Optional, Sequence, Tuple
from typing import Counter as CounterType

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.modules import Seq2SeqEncoder, TokenEmbedder
from allennlp.modules.conditional_random_field import allowed_transitions
from allennlp.nn import InitializerApplicator, RegularizerApplicator

from xner_allennlp.data.languages import LANGUAGES, language_of_key, side_of
from xner_allennlp.models.losses import losses_of_rows, number_of_rows
from xner_allennlp.models.part_checks import check_parts, labels_of_scheme
from xner_allennlp.models.source_weights import load_source_weights
from xner_allennlp.modules.entities_with_probabilities import entities_with_probabilities
from xner_allennlp.modules.two_path_network import TwoPathNetwork
from xner_allennlp.spans import counts_of_renamed
from xner_allennlp.spans.conll_f1 import ConllF1


@Model.register("cross_lingual_crf_tagger")
class CrossLingualCrfTagger(TwoPathNetwork, Model):
    """
    The paper's tagger (Figure 1). Two paths lead from words to tags:

        source path   words -> source encoder -----------------------+-> common encoder
                                                                     |   -> labels -> CRF
        target path   words -> source encoder -+                     |
                                               +-> dense of target --+
                      words -> target encoder -+

    A word is its vector, of its language's word vectors in the common space, and its characters.
    The source path reads sentences of both languages. There is a target path (Cross-Augmented) if a
    `target_encoder` is given. `joint_emissions` is the figure in code.

    Without a target encoder this is Source-Mono, Cross-Word, Cross-Shared or a supervised tagger.
    The source path tags sentences of the source language. The target path, once it has been
    trained, tags sentences of the target language; else the source path does.

    Registered as a `Model` with name "cross_lingual_crf_tagger".

    # Parameters

    vocab : `Vocabulary`, required.
    word_embedders : `Dict[str, TokenEmbedder]`, required.
        Under "source" and/or "target" the word vectors of that language, in the common space;
        usually two `mapped_embedding`. Of several source languages under "source_" and a name each,
        e.g. "source_en". Under "both" one embedder for all languages, such as a
        `pretrained_encoder`.
    encoder : `Seq2SeqEncoder`, required.
        The source encoder, `tied_lstm` or `untied_lstm`; `pass_through` leaves words as they are.
    character_embedder : `TokenEmbedder`, optional (default = `None`).
        A `shared_char_lstm`; `None` for the systems without characters.
    target_encoder : `Seq2SeqEncoder`, optional (default = `None`).
        The target encoder, untied in the paper. The target-specific dense layer behind it has the
        source encoder's output size (200 in the paper), since it feeds the common encoder.
    common_dim : `int`, optional (default = `100`, the paper's).
        Size of the common encoder's output.
    dropout : `float`, optional (default = `0.5`, the paper's).
        On what enters the encoders, as in Lample et al. (2016).
    tag_scheme : `str`, optional (default = `"BIOUL"`, the paper's for all languages but Arabic).
        "BIOUL" or "BIO": the scheme of the reader, for the constraints of decoding.
    teacher_loss : `bool`, optional (default = `True`).
        Whether the source path learns from pseudo-labelled target sentences too, the second term of
        equation 7 (the paper's teacher). `False` is an ablation: only the target path does, which
        the source encoder is part of.
    average_terms : `bool`, optional (default = `False`).
        Whether the terms of equation 7 are averaged in a step instead of summed. Their sum makes
        the step of the shared weights up to three times as long as that of a base system.
    pretrained_file : `str`, optional (default = `None`).
        Archive (`model.tar.gz`) of a trained source model, whose weights the source path starts
        from (Algorithm 1, step 2). AllenNLP drops this key when it loads an archive.
    initializer : `InitializerApplicator`, optional.
    regularizer : `RegularizerApplicator`, optional (default = `None`).

    # Raises

    `ConfigurationError` if sizes of the parts do not fit, a language is unknown, the scheme does
    not cover the labels, or the source model has another vocabulary or architecture.
    """

    default_predictor = "ner_tagger"
    # That of the reader.
    label_namespace = "labels"

    def __init__(
        self,
        vocab: Vocabulary,
        word_embedders: Dict[str, TokenEmbedder],
        encoder: Seq2SeqEncoder,
        character_embedder: Optional[TokenEmbedder] = None,
        target_encoder: Optional[Seq2SeqEncoder] = None,
        common_dim: int = 100,
        dropout: float = 0.5,
        tag_scheme: str = "BIOUL",
        teacher_loss: bool = True,
        average_terms: bool = False,
        pretrained_file: Optional[str] = None,
        initializer: InitializerApplicator = InitializerApplicator(),
        regularizer: Optional[RegularizerApplicator] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, regularizer, **kwargs)
        self.teacher_loss = teacher_loss
        self.average_terms = average_terms
        encoders = {"source": encoder, **({"target": target_encoder} if target_encoder else {})}
        check_parts(word_embedders, character_embedder, encoders, teacher_loss)
        labels = labels_of_scheme(vocab, self.label_namespace, tag_scheme)
        self.add_parts(
            word_embedders,
            encoder,
            character_embedder,
            target_encoder,
            common_dim,
            vocab.get_vocab_size(self.label_namespace),
            allowed_transitions(tag_scheme, labels),
            dropout,
        )
        # Frozen word vectors are equal in all processes of a distributed training: without this,
        # DistributedDataParallel sends them at every step.
        self._ddp_params_and_buffers_to_ignore = [
            f"word_embedders.{name}" for name, _ in self.word_embedders.named_buffers()
        ]
        self._f1: Dict[str, ConllF1] = {}
        # Whether sentences without tags were tagged since the metrics were last read.
        self._is_unscored = False
        # Per language how many of the entities of `_f1` the reader's type map has renamed.
        self._renamed: Dict[str, CounterType[str]] = {}
        # Per term of equation 7 the sum over batches, and their number; read when metrics are.
        self._losses: Dict[str, Tuple[torch.Tensor, int]] = {}
        initializer(self)
        if pretrained_file is not None:
            load_source_weights(self, pretrained_file)

    @property
    def languages(self) -> List[str]:
        """Those whose words it reads."""
        if "both" not in self.word_embedders:
            return list(self.word_embedders)
        found = map(language_of_key, self.vocab.get_namespaces())
        return sorted({*LANGUAGES, *filter(None, found)})

    @property
    def outside(self) -> int:
        """The label index of "O"."""
        return self.vocab.get_token_index("O", self.label_namespace)

    def language_of(self, tokens: TextFieldTensors) -> str:
        for language in self.languages:
            if f"{language}_tokens" in tokens:
                return language
        raise ConfigurationError(
            f"the sentences are indexed under {sorted(tokens)}, the model has word vectors for "
            f"{sorted(self.languages)}: set the reader's `language`"
        )

    def word_embedder(self, language: str) -> TokenEmbedder:
        return self.word_embedders["both" if "both" in self.word_embedders else language]

    def forward(
        self,
        tokens: TextFieldTensors,
        metadata: Optional[Sequence[Dict[str, Any]]] = None,
        tags: Optional[torch.LongTensor] = None,
        target: Optional[Dict[str, Any]] = None,
        translated: Optional[Dict[str, Any]] = None,
        weight: float = 1.0,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`, required.
            Sentences of one language, from `conll_ner`.
        metadata : `Sequence[Dict[str, Any]]`, optional (default = `None`).
        tags : `torch.LongTensor`, optional (default = `None`).
            Shape `(batch_size, num_words)`.
        target : `Dict[str, Any]`, optional (default = `None`).
            A second batch with the same keys: target sentences with pseudo-labels. In training
            both paths learn from it (equation 7). In place of `tags` it may have the
            `ExpectedCounts` of teachers, `unary` and `pairwise`, or the tags that are `allowed`.
        translated : `Dict[str, Any]`, optional (default = `None`).
            A third batch: source sentences translated into the target language, with their tags.
            In training the path of target sentences learns from it.
        weight : `float`, optional (default = `1`).
            What the mean loss of these sentences counts; see `Processes.weight`.

        # Returns

        `loss`, the sum of equation 7 (its second term only with `teacher_loss`; one more of
        `translated`; the mean with `average_terms`) with each term averaged over its sentences (if
        there are tags); in training also `loss_terms`, the terms by name; outside of training
        `logits` `(batch_size, num_words, num_labels)`, `mask` `(batch_size, num_words)`, `tag_ids`,
        an array for each sentence, and `metadata`.
        """
        if self.training:
            if tags is None:
                raise ConfigurationError("the tagger cannot be trained on sentences without tags")
            source = {"tokens": tokens, "tags": tags, "weight": weight}
            return self._training_output(source, target, translated)
        language = self.language_of(tokens)
        logits, mask, tag_ids = self.tag_batch(tokens, self.path_for(language))
        output: Dict[str, Any] = {
            "logits": logits,
            "mask": mask,
            "tag_ids": tag_ids,
            "metadata": metadata,
        }
        self._is_unscored |= tags is None
        if tags is not None:
            output["loss"] = -self.crf.log_likelihoods(logits, tags, mask).mean()
            # Several source languages count each for itself, and together as "source".
            for name in dict.fromkeys([side_of(language), language]):
                self._count(name, tags.masked_select(mask), tag_ids, metadata or ())
        return output

    def _count(
        self,
        name: str,
        tags: torch.Tensor,
        tag_ids: List[np.ndarray],
        metadata: Sequence[Dict[str, Any]],
    ) -> None:
        """Adds tagged sentences to what `get_metrics` says of `name`."""
        if name not in self._f1:
            # Each process of a distributed training evaluates everything.
            self._f1[name] = ConllF1(self.vocab, self.label_namespace, sum_over_processes=False)
        renamed = self._renamed.setdefault(name, Counter())
        for sentence in metadata:
            renamed.update(sentence.get("renamed", {}))
        lengths = np.array([len(ids) for ids in tag_ids])
        self._f1[name].count(np.concatenate(tag_ids), tags.cpu().numpy(), lengths)

    @torch.inference_mode()
    def predict_tag_ids(
        self, tokens: TextFieldTensors, path: str, entity_bonus: float = 0.0
    ) -> List[np.ndarray]:
        """The best tags of every sentence by way of `path`, as `tag_ids_of` gives them."""
        return self.tag_ids_of(*self.emissions(tokens, path), entity_bonus)

    def tag_ids_of(
        self, logits: torch.Tensor, mask: torch.BoolTensor, entity_bonus: float = 0.0
    ) -> List[np.ndarray]:
        """The best tags of every sentence of `with_bonus`'s emissions, as label indices."""
        return self.crf.best_paths(self.with_bonus(logits, entity_bonus), mask)

    def with_bonus(self, logits: torch.Tensor, entity_bonus: float) -> torch.Tensor:
        """
        Emissions, `(batch_size, num_words, num_labels)`, in which all tags but "O" score higher by
        `entity_bonus`, up to a constant on which no probability depends.
        """
        if not entity_bonus:
            return logits
        # shape: (batch_size, num_words, num_labels)
        logits = logits.clone()
        logits[..., self.outside] -= entity_bonus
        return logits

    def _training_output(
        self,
        source: Dict[str, Any],
        target: Optional[Dict[str, Any]],
        translated: Optional[Dict[str, Any]],
    ) -> Dict[str, Any]:
        """
        `loss`, the sum of equation 7's terms, each the mean of equation 2 over its sentences, and
        `loss_terms`, each for itself.
        """
        # Base systems, and pre-training: only the source path learns.
        terms = [("source", "source", source)]
        if target is not None:
            if self.teacher_loss:
                terms.append(("teacher", "source", target))
            if self.target_encoder is not None:
                terms.append(("target", "target", target))
        if translated is not None:
            path = "source" if self.target_encoder is None else "target"
            # Rows by the target path come last.
            terms.insert(len(terms) if path == "target" else 1, ("translated", path, translated))
        if terms[-1][1] == "target":
            self.target_path_trained.fill_(True)
        batches = [batch for _, _, batch in terms]
        logits, mask = self.joint_emissions([(batch["tokens"], path) for _, path, batch in terms])
        # shape: (num_rows,)
        losses = losses_of_rows(self.crf, batches, logits, mask)
        loss_terms = {}
        total = losses.new_zeros(())
        for (name, _, batch), of_term in zip(
            terms, losses.split(list(map(number_of_rows, batches)))
        ):
            loss = batch.get("weight", 1.0) * of_term.mean()
            sum_so_far, count = self._losses.get(name, (0.0, 0))
            loss_terms[name] = loss.detach()
            self._losses[name] = (sum_so_far + loss_terms[name], count + 1)
            total = total + loss
        loss = total / len(terms) if self.average_terms else total
        return {"loss": loss, "loss_terms": loss_terms}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """
        Adds per sentence `words`, `tags` (in the model's scheme), `entities` (see
        `entities_with_probabilities`), `language`, `sentence` and `offsets`; takes `logits`,
        `mask`, `tag_ids` and `metadata` away.
        """
        names = self.vocab.get_index_to_token_vocabulary(self.label_namespace)
        logits, mask, tag_ids = (output_dict.pop(key) for key in ("logits", "mask", "tag_ids"))
        metadata = output_dict.pop("metadata") or [{}] * len(tag_ids)
        output_dict["tags"] = [[names[index] for index in ids.tolist()] for ids in tag_ids]
        output_dict["entities"] = entities_with_probabilities(
            self.crf, logits, mask, tag_ids, output_dict["tags"]
        )
        for key in ("words", "language", "sentence", "offsets"):
            output_dict[key] = [sentence.get(key) for sentence in metadata]
        return output_dict

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """
        The mean of each loss term in training (`source_loss`, `translated_loss`, `teacher_loss`,
        `target_loss`, as far as there are such batches), and
        for each evaluated language `<language>_precision`, `_recall` and `_f1` (of several source
        languages also "source", for all of their sentences together); with `reset` also
        the same for each entity type, and `<language>_renamed_<OLD>_to_<NEW>`, how many of the true
        entities had another type before the reader's type map.

        Raises `ConfigurationError` at the end of an evaluation of sentences without tags.
        """
        if reset and self._is_unscored and not self.training and not self._f1:
            raise ConfigurationError(
                "there is nothing to score: the sentences have no tags (one column only, or masked "
                "ones); give a file with tags, or tag this one with `allennlp predict`"
            )
        metrics: Dict[str, float] = {}
        if self.training and self._losses:
            # One copy from the device, since the trainer asks after every batch.
            sums = torch.stack([sum_of_batches for sum_of_batches, _ in self._losses.values()])
            for (name, (_, count)), sum_of_batches in zip(self._losses.items(), sums.tolist()):
                metrics[f"{name}_loss"] = sum_of_batches / count
        if reset:
            self._losses = {}
        for language, f1 in self._f1.items():
            for key, value in f1.get_metric(reset).items():
                if reset or key in ("precision", "recall", "f1"):
                    metrics[f"{language}_{key}"] = value
            if reset:
                metrics.update(counts_of_renamed(self._renamed[language], f"{language}_"))
        if reset:
            self._f1, self._renamed, self._is_unscored = {}, {}, False
        return metrics
