"""The network of the paper's Figure 1, from the tensors of a batch to label scores and tags."""

from abc import abstractmethod
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch

from xner_allennlp.modules.character_reader import CharacterReader
from xner_allennlp.modules.crf import LinearChainCrf
from xner_allennlp.modules.dropout import Dropout
from xner_allennlp.modules.encoders import EncoderInput, encode
from xner_allennlp.modules.sentences import Sentences, TextFieldTensors
from xner_allennlp.modules.sequences import Sequences


class TwoPathNetwork(torch.nn.Module):
    """
    What `cross_lingual_crf_tagger`, which can be trained and is explained there, and an exported
    tagger, which needs no AllenNLP, have in common. Its parts come by `add_parts`.
    """

    def add_parts(
        self,
        word_embedders: Dict[str, torch.nn.Module],
        encoder: torch.nn.Module,
        character_embedder: Optional[CharacterReader],
        target_encoder: Optional[torch.nn.Module],
        common_dim: int,
        num_labels: int,
        constraints: Optional[List[Tuple[int, int]]] = None,
        dropout: float = 0.0,
    ) -> None:
        """
        To be called once, by the constructor. The parameters are those of
        `cross_lingual_crf_tagger`; `constraints` are those of `LinearChainCrf`.
        """
        self.word_embedders = torch.nn.ModuleDict(word_embedders)
        self.character_embedder = character_embedder
        self.encoder = encoder
        self.target_encoder = target_encoder
        encoder_dim = encoder.get_output_dim()
        if target_encoder is not None:
            self.target_dense = torch.nn.Linear(
                encoder_dim + target_encoder.get_output_dim(), encoder_dim
            )
            # Saved with the weights: an archive of the pre-training phase keeps tagging target
            # sentences by the source path.
            # Not a bool, which gloo of torch 1.12 cannot send to other processes.
            self.register_buffer("target_path_trained", torch.zeros((), dtype=torch.uint8))
        self.common_encoder = torch.nn.Linear(encoder_dim, common_dim)
        self.label_layer = torch.nn.Linear(common_dim, num_labels)
        self.dropout = Dropout(dropout)
        self.crf = LinearChainCrf(num_labels, constraints)

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
        return self.joint_emissions([(tokens, path)])

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
        batches = self._sentences([tokens for tokens, _ in readings])
        by_target = [batch for batch, (_, path) in zip(batches, readings) if path == "target"]

        words = self._words(batches, "source")
        # shape: (num_words, encoder_dim), the words of all batches
        encoded = encode(self.encoder, words)
        if by_target:
            # shape: (num_target_words, target_encoder_dim)
            by_target_encoder = encode(self.target_encoder, self._words(by_target, "target"))
            num_target_words = len(by_target_encoder)
            source_path, target_path = encoded.split(
                [len(encoded) - num_target_words, num_target_words]
            )
            # shape: (num_target_words, encoder_dim + target_encoder_dim)
            both = torch.cat([target_path, by_target_encoder], dim=1)
            # shape: (num_words, encoder_dim)
            encoded = torch.cat([source_path, torch.tanh(self.target_dense(both))])
        # shape: (num_words, common_dim)
        common = torch.tanh(self.common_encoder(encoded))
        # shape: (num_rows, length, num_labels)
        logits = words.sequences.padded(self.label_layer(common))
        return logits, words.sequences.mask

    def _sentences(self, batches: Sequence[TextFieldTensors]) -> List[Sentences]:
        """Batches taken out of their tensors; one that is read twice is the same object."""
        distinct = {id(tokens): tokens for tokens in batches}
        sentences = {
            key: Sentences.of_tokens(tokens, language, self.word_embedder(language))
            for key, tokens in distinct.items()
            for language in [self.language_of(tokens)]
        }
        return [sentences[id(tokens)] for tokens in batches]

    def _words(self, batches: Sequence[Sentences], path: str) -> EncoderInput:
        """What the encoder of `path` reads: of each word its vector and its characters."""
        inputs = []
        for batch, spellings in zip(batches, self._spellings(batches, path)):
            words = batch.vectors._replace(parts=(*batch.vectors.parts, *spellings))
            inputs.append(words.with_dropout(self.dropout))
        return EncoderInput.stack(inputs)

    def _spellings(
        self, batches: Sequence[Sentences], path: str
    ) -> Sequence[Tuple[torch.Tensor, ...]]:
        """
        The distinct forms of each batch from their characters, `(num_forms, char_dim)`, as the
        encoder of `path` reads them; nothing if it does not read characters.
        """
        if self.character_embedder is None or not self.character_embedder.serves(path):
            return [()] * len(batches)
        distinct = {id(batch): batch for batch in batches}
        # shape: (num_forms of all distinct batches, char_dim)
        encoded = self.character_embedder.encode_forms(
            Sequences.stack([batch.spellings for batch in distinct.values()]),
            torch.cat([batch.characters for batch in distinct.values()]),
            path,
        )
        pieces = encoded.split([len(batch.spellings.lengths) for batch in distinct.values()])
        of_batch = dict(zip(distinct, pieces))
        return [(of_batch[id(batch)],) for batch in batches]

    @abstractmethod
    def language_of(self, tokens: TextFieldTensors) -> str:
        """The language of a batch."""

    @abstractmethod
    def word_embedder(self, language: str) -> torch.nn.Module:
        """The embedder of the words of a language."""

    def path_for(self, language: str) -> str:
        """The path that tags sentences of `language`."""
        if language == "target" and self.target_encoder is not None and self.target_path_trained:
            return "target"
        return "source"

    def tag_batch(
        self, tokens: TextFieldTensors, path: str
    ) -> Tuple[torch.Tensor, torch.BoolTensor, List[np.ndarray]]:
        """The emissions, their mask, and the best tags of every sentence."""
        logits, mask = self.emissions(tokens, path)
        return logits, mask, self.crf.best_paths(logits, mask)
