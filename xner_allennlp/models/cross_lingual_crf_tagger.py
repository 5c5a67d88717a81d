from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.modules import Seq2SeqEncoder, TokenEmbedder
from allennlp.modules.conditional_random_field import allowed_transitions
from allennlp.nn import InitializerApplicator, RegularizerApplicator

from xner_allennlp.crf import LinearChainCrf
from xner_allennlp.embedders import SharedCharLstm
from xner_allennlp.encoders import BidirectionalLstmSeq2SeqEncoder, Dropout
from xner_allennlp.metrics import ConllF1
from xner_allennlp.models.source_weights import load_source_weights
from xner_allennlp.spans import entity_spans


@Model.register("cross_lingual_crf_tagger")
class CrossLingualCrfTagger(Model):
    """
    The paper's tagger (Figure 1). Two paths lead from words to tags:

    - the source path: word vector and characters -> source encoder -> common encoder -> labels ->
      CRF; it reads sentences of both languages, each with its own word vectors in the common space;
    - the target path, if a `target_encoder` is given (Cross-Augmented): the same sentence through
      the source encoder and through the target encoder, both outputs concatenated ->
      target-specific dense layer -> the same common encoder, labels and CRF.

    Without a target encoder this is Source-Mono, Cross-Word, Cross-Shared or a supervised tagger.
    Sentences of the source language are tagged by the source path; those of the target language by
    the target path once it has been trained, else by the source path.

    Registered as a `Model` with name "cross_lingual_crf_tagger".

    # Parameters

    vocab : `Vocabulary`, required.
    word_embedders : `Dict[str, TokenEmbedder]`, required.
        Under "source" and/or "target" the word vectors of that language, in the common space;
        usually two `mapped_embedding`.
    encoder : `Seq2SeqEncoder`, required.
        The source encoder, `tied_lstm` or `untied_lstm`.
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
    label_namespace : `str`, optional (default = `"labels"`).
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
        label_namespace: str = "labels",
        pretrained_file: Optional[str] = None,
        initializer: InitializerApplicator = InitializerApplicator(),
        regularizer: Optional[RegularizerApplicator] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, regularizer, **kwargs)
        self.label_namespace = label_namespace
        self.word_embedders = torch.nn.ModuleDict(word_embedders)
        self.character_embedder = character_embedder
        self.encoder = encoder
        self.target_encoder = target_encoder
        self._check_parts()

        encoder_dim = encoder.get_output_dim()
        num_labels = vocab.get_vocab_size(label_namespace)
        if target_encoder is not None:
            self.target_dense = torch.nn.Linear(
                encoder_dim + target_encoder.get_output_dim(), encoder_dim
            )
            # Saved with the weights: an archive of the pre-training phase keeps tagging target
            # sentences by the source path.
            self.register_buffer("target_path_trained", torch.tensor(False))
        self.common_encoder = torch.nn.Linear(encoder_dim, common_dim)
        self.label_layer = torch.nn.Linear(common_dim, num_labels)
        self.dropout = Dropout(dropout)
        self.crf = LinearChainCrf(
            num_labels,
            allowed_transitions(tag_scheme, self._labels_of_scheme(tag_scheme)),
        )
        self._f1: Dict[str, ConllF1] = {}
        # Per term of equation 7 the sum over batches, and their number; read when metrics are.
        self._losses: Dict[str, Tuple[torch.Tensor, int]] = {}
        initializer(self)
        if pretrained_file is not None:
            load_source_weights(self, pretrained_file)

    def _check_parts(self) -> None:
        unknown = set(self.word_embedders) - {"source", "target"}
        if unknown or not len(self.word_embedders):
            raise ConfigurationError(
                'word_embedders wants the keys "source" and/or "target", '
                f"got {sorted(self.word_embedders)}"
            )
        if not isinstance(self.character_embedder, (SharedCharLstm, type(None))):
            raise ConfigurationError(
                "character_embedder must be of type `shared_char_lstm`, "
                f"got {type(self.character_embedder).__name__}"
            )
        word_dims = {name: part.get_output_dim() for name, part in self.word_embedders.items()}
        if len(set(word_dims.values())) > 1:
            raise ConfigurationError(f"word vectors of different dimensions: {word_dims}")
        if self.target_encoder is None and self._reads_characters("target"):
            raise ConfigurationError(
                "character_embedder has a `target_encoder`, but the model has none: "
                "give the model a `target_encoder`, or leave out the character LSTM"
            )
        for path, encoder in self._encoders().items():
            wanted, parts = next(iter(word_dims.values())), "word vector only"
            if self._reads_characters(path):
                assert self.character_embedder is not None
                wanted += self.character_embedder.get_output_dim()
                parts = "word vector and characters"
            if encoder.get_input_dim() != wanted:
                raise ConfigurationError(
                    f"the {path} encoder has input_size {encoder.get_input_dim()}, but its words "
                    f"have {wanted} features ({parts})"
                )

    def _encoders(self) -> Dict[str, Seq2SeqEncoder]:
        encoders = {"source": self.encoder}
        if self.target_encoder is not None:
            encoders["target"] = self.target_encoder
        return encoders

    def _reads_characters(self, path: str) -> bool:
        return self.character_embedder is not None and self.character_embedder.serves(path)

    def _labels_of_scheme(self, tag_scheme: str) -> Dict[int, str]:
        prefixes = {"BIOUL": "BIOUL", "BIO": "BIO"}.get(tag_scheme)
        if prefixes is None:
            raise ConfigurationError(f'tag_scheme must be "BIOUL" or "BIO", got {tag_scheme!r}')
        labels = self.vocab.get_index_to_token_vocabulary(self.label_namespace)
        for label in labels.values():
            if label != "O" and (label[1:2] != "-" or label[0] not in prefixes):
                raise ConfigurationError(
                    f"label {label!r} does not belong to tag_scheme {tag_scheme}: give the "
                    "dataset reader and the model the same scheme"
                )
        return labels

    def emissions(
        self, tokens: TextFieldTensors, path: str
    ) -> Tuple[torch.Tensor, torch.BoolTensor]:
        """
        The label scores of a batch of one language, by way of `path` ("source" or "target").

        # Returns

        logits : `torch.Tensor`
            Shape `(batch_size, num_words, num_labels)`.
        mask : `torch.BoolTensor`
            Shape `(batch_size, num_words)`.
        """
        if self.training or torch.is_grad_enabled() or "form_of" not in tokens["characters"]:
            return self.joint_emissions([(tokens, path)])
        # Without dropout equal words are equal inputs.
        mask = self._word_ids(tokens) != 0
        # shape: (batch_size, num_words, encoder_dim)
        encoded = self._encode_forms("source", tokens, mask)
        if path == "target":
            encoded = self._augmented(encoded, self._encode_forms("target", tokens, mask))
        # shape: (batch_size, num_words, num_labels)
        return self._label_scores(encoded), mask

    def joint_emissions(
        self, readings: Sequence[Tuple[TextFieldTensors, str]]
    ) -> Tuple[torch.Tensor, torch.BoolTensor]:
        """
        As `emissions` for several batches at once, with each part of the network called once.

        # Parameters

        readings : `Sequence[Tuple[TextFieldTensors, str]]`, required.
            Batches, each with the path by which it is read; those by the target path come last.

        # Returns

        `logits` and `mask` with the rows of all readings, one after the other, padded to the
        longest.
        """
        masks: List[torch.Tensor] = []
        inputs: List[_Features] = []
        target_inputs: List[_Features] = []
        parts: Dict[Tuple[int, str], torch.Tensor] = {}  # A batch may be read twice.
        for tokens, path in readings:
            masks.append(self._word_ids(tokens) != 0)
            inputs.append(self._features(tokens, "source", parts))
            if path == "target":
                target_inputs.append(self._features(tokens, "target", parts))
        # shape: (num_rows, num_words)
        mask = _stack_rows(masks)
        # shape: (num_rows, num_words, encoder_dim)
        encoded = self._encode("source", inputs, mask)
        if target_inputs:
            by_target = sum(len(features.learned) for features in target_inputs)
            # These rows may all be shorter than the longest of the others.
            num_words = max(features.learned.size(1) for features in target_inputs)
            rows = slice(len(encoded) - by_target, None)
            # shape: (by_target, num_target_words, encoder_dim)
            augmented = self._augmented(
                encoded[rows, :num_words],
                self._encode("target", target_inputs, mask[rows, :num_words]),
            )
            # shape: (num_rows, num_words, encoder_dim)
            encoded = _stack_rows([encoded[:-by_target], augmented])
        # shape: (num_rows, num_words, num_labels)
        return self._label_scores(encoded), mask

    def _augmented(
        self, read_by_source: torch.Tensor, read_by_target: torch.Tensor
    ) -> torch.Tensor:
        """The target-specific dense layer over both encoders: `(..., encoder_dim)`."""
        # shape: (..., encoder_dim + target_encoder_dim)
        both = torch.cat([read_by_source, read_by_target], dim=-1)
        return torch.tanh(self.target_dense(both))

    def _label_scores(self, encoded: torch.Tensor) -> torch.Tensor:
        """The common encoder and the label layer: `(batch_size, num_words, num_labels)`."""
        # shape: (batch_size, num_words, common_dim)
        common = torch.tanh(self.common_encoder(encoded))
        return self.label_layer(common)

    def _word_ids(self, tokens: TextFieldTensors) -> torch.Tensor:
        """Shape `(batch_size, num_words)`."""
        return tokens[f"{self._language(tokens)}_tokens"]["tokens"]

    def _features(
        self,
        tokens: TextFieldTensors,
        path: str,
        parts: Dict[Tuple[int, str], torch.Tensor],
    ) -> "_Features":
        """What the encoder of `path` reads; `parts` holds what other readings made of it."""
        key = (id(tokens), "words")
        if key not in parts:
            # shape: (batch_size, num_words, word_dim)
            parts[key] = self.word_embedders[self._language(tokens)](self._word_ids(tokens))
        words = self.dropout(parts[key])
        if not self._reads_characters(path):
            return _Features(words)
        key = (id(tokens), path)
        if key not in parts:
            assert self.character_embedder is not None
            # shape: (batch_size, num_words, char_dim)
            parts[key] = self.character_embedder(**tokens["characters"], path=path)
        characters = self.dropout(parts[key])
        if words.requires_grad:
            # shape: (batch_size, num_words, word_dim + char_dim)
            return _Features(torch.cat([words, characters], dim=-1))
        return _Features(characters, words)

    def _encode(self, path: str, inputs: Sequence["_Features"], mask: torch.Tensor) -> torch.Tensor:
        """All rows of `inputs` through one encoder: `(num_rows, num_words, encoder_dim)`."""
        learned = _stack_rows([features.learned for features in inputs])
        fixed = [features.fixed for features in inputs if features.fixed is not None]
        encoder = self._encoders()[path]
        if not fixed:
            return encoder(learned, mask)
        if not isinstance(encoder, BidirectionalLstmSeq2SeqEncoder):
            return encoder(torch.cat([_stack_rows(fixed), learned], dim=-1), mask)
        return encoder(learned, mask, fixed=_stack_rows(fixed))

    def _encode_forms(
        self, path: str, tokens: TextFieldTensors, mask: torch.Tensor
    ) -> torch.Tensor:
        """As `_encode` for one batch, without dropout and gradient, by its distinct forms."""
        characters = tokens["characters"]["token_characters"]
        form_of = tokens["characters"]["form_of"]
        word_ids = self._word_ids(tokens)
        # shape: (1, num_forms); the same form has the same index wherever it stands
        word_of_form = word_ids.new_zeros(1, len(characters))
        word_of_form.scatter_(1, form_of.view(1, -1), word_ids.view(1, -1))
        # shape: (num_forms, word_dim)
        forms = self.word_embedders[self._language(tokens)](word_of_form)[0]
        if self._reads_characters(path):
            assert self.character_embedder is not None
            spelled = self.character_embedder.encode_forms(characters, path)
            # shape: (num_forms, word_dim + char_dim)
            forms = torch.cat([forms, spelled], dim=-1)
        encoder = self._encoders()[path]
        if isinstance(encoder, BidirectionalLstmSeq2SeqEncoder):
            return encoder.of_forms(forms, form_of, mask)
        return encoder(forms[form_of], mask)

    def _language(self, tokens: TextFieldTensors) -> str:
        for language in self.word_embedders:
            if f"{language}_tokens" in tokens:
                return language
        raise ConfigurationError(
            f"the sentences are indexed under {sorted(tokens)}, the model has word vectors for "
            f"{sorted(self.word_embedders)}: set the reader's `language`"
        )

    def path_for(self, language: str) -> str:
        """The path that tags sentences of `language`."""
        if language == "target" and self.target_encoder is not None and self.target_path_trained:
            return "target"
        return "source"

    def forward(  # type: ignore
        self,
        tokens: TextFieldTensors,
        metadata: Optional[Sequence[Dict[str, Any]]] = None,
        tags: Optional[torch.LongTensor] = None,
        target: Optional[Dict[str, Any]] = None,
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
            both paths learn from it (equation 7).
        weight : `float`, optional (default = `1`).
            What the mean loss of these sentences counts; see `Processes.weight`.

        # Returns

        `loss`, the sum of equation 7 with each term averaged over its sentences (if there are
        tags), and outside of training `logits` `(batch_size, num_words, num_labels)`, `mask` and
        `tag_ids` `(batch_size, num_words)`, and `metadata`.
        """
        if self.training:
            return {"loss": self._training_loss(tokens, tags, target, weight)}
        language = self._language(tokens)
        logits, mask = self.emissions(tokens, self.path_for(language))
        # shape: (batch_size, num_words)
        tag_ids = self.crf.best_paths(logits, mask)
        output: Dict[str, Any] = {
            "logits": logits,
            "mask": mask,
            "tag_ids": tag_ids,
            "metadata": metadata,
        }
        if tags is not None:
            output["loss"] = -self.crf.log_likelihoods(logits, tags, mask).mean()
            if language not in self._f1:
                # Each process of a distributed training evaluates everything.
                self._f1[language] = ConllF1(
                    self.vocab, self.label_namespace, sum_over_processes=False
                )
            self._f1[language](tag_ids, tags, mask)
        return output

    def _training_loss(
        self,
        tokens: TextFieldTensors,
        tags: Optional[torch.LongTensor],
        target: Optional[Dict[str, Any]],
        weight: float,
    ) -> torch.Tensor:
        """The sum of equation 7's terms, each the mean of equation 2 over its sentences."""
        if tags is None:
            raise ConfigurationError("the tagger cannot be trained on sentences without tags")
        # Base systems, and pre-training: only the source path learns.
        terms = [("source", tokens, "source", tags, weight)]
        if target is not None:
            weight = target.get("weight", 1.0)
            terms.append(("teacher", target["tokens"], "source", target["tags"], weight))
            if self.target_encoder is not None:
                terms.append(("target", target["tokens"], "target", target["tags"], weight))
                self.target_path_trained.fill_(True)
        logits, mask = self.joint_emissions([(words, path) for _, words, path, _, _ in terms])
        # shape: (num_rows,)
        losses = -self.crf.log_likelihoods(logits, _stack_rows([term[3] for term in terms]), mask)
        total = losses.new_zeros(())
        of_terms = losses.split([len(term[3]) for term in terms])
        for (name, _, _, _, weight), of_term in zip(terms, of_terms):
            loss = weight * of_term.mean()
            sum_so_far, count = self._losses.get(name, (0.0, 0))
            self._losses[name] = (sum_so_far + loss.detach(), count + 1)
            total = total + loss
        return total

    @torch.inference_mode()
    def predict_tag_ids(self, tokens: TextFieldTensors, path: str) -> List[numpy.ndarray]:
        """The best tags of every sentence by way of `path`, as label indices."""
        logits, mask = self.emissions(tokens, path)
        paths = self.crf.best_paths(logits, mask).cpu().numpy()
        lengths = mask.sum(dim=1).tolist()
        return [tag_ids[:length] for tag_ids, length in zip(paths, lengths)]

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """
        Adds per sentence `words`, `tags` (in the model's scheme), `entities` (type, first and last
        token, and the probability that the CRF gives to exactly these tags), `language`,
        `sentence` and `offsets`; takes `logits`, `mask` and `tag_ids` away.
        """
        logits, mask, tag_ids = (output_dict.pop(key) for key in ("logits", "mask", "tag_ids"))
        lengths = mask.sum(dim=1).tolist()
        tags = [
            [self.vocab.get_token_from_index(index, self.label_namespace) for index in row[:length]]
            for row, length in zip(tag_ids.tolist(), lengths)
        ]
        spans = [
            (row, entity) for row, sentence in enumerate(tags) for entity in entity_spans(sentence)
        ]
        probabilities = self.crf.segment_probabilities(
            logits, mask, tag_ids, [(row, span.start, span.end - 1) for row, span in spans]
        )
        entities: List[List[Dict[str, Any]]] = [[] for _ in tags]
        for (row, span), probability in zip(spans, probabilities):
            entities[row].append(
                {
                    "type": span.type,
                    "first_token": span.start,
                    "last_token": span.end - 1,
                    "probability": probability,
                }
            )
        metadata = output_dict.pop("metadata")
        output_dict["tags"] = tags
        output_dict["entities"] = entities
        for key in ("words", "language", "sentence", "offsets"):
            output_dict[key] = [sentence.get(key) for sentence in metadata]
        return output_dict

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """
        The mean of each loss term in training (`source_loss`, `teacher_loss`, `target_loss`), and
        for each evaluated language `<language>_precision`, `_recall` and `_f1`; with `reset` also
        those of each entity type.
        """
        metrics: Dict[str, float] = {}
        if self.training:
            for name, (sum_of_batches, count) in self._losses.items():
                metrics[f"{name}_loss"] = float(sum_of_batches) / count
        if reset:
            self._losses = {}
        for language, f1 in self._f1.items():
            for key, value in f1.get_metric(reset).items():
                if reset or key in ("precision", "recall", "f1"):
                    metrics[f"{language}_{key}"] = value
        if reset:
            self._f1 = {}
        return metrics


class _Features(NamedTuple):
    """
    What an encoder reads, each `(batch_size, num_words, num_features)`; `fixed` are the first
    features if they need no gradient (frozen word vectors beside characters).
    """

    learned: torch.Tensor
    fixed: Optional[torch.Tensor] = None


def _stack_rows(batches: Sequence[torch.Tensor]) -> torch.Tensor:
    """The rows of all batches, padded with zeros to the longest: `(num_rows, num_words, ...)`."""
    if len(batches) == 1:
        return batches[0]
    num_words = max(batch.size(1) for batch in batches)
    padded = []
    for batch in batches:
        # From the last dimension to the first; only the words are padded.
        padding = [0, 0] * (batch.dim() - 2) + [0, num_words - batch.size(1)]
        padded.append(torch.nn.functional.pad(batch, padding))
    return torch.cat(padded)
