"""A tagger that was exported from an archive; it works without AllenNLP."""

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

import torch

from xner_allennlp.common.errors import InputError
from xner_allennlp.modules.entities_with_probabilities import entities_with_probabilities
from xner_allennlp.spans import EntityFinder
from xner_allennlp.tagger.network import TaggingNetwork
from xner_allennlp.tagger.sentence_tagger import MAX_FORMS, SentenceTagger, TaggedSentence
from xner_allennlp.tagger.vocabulary_words import VocabularyWords
from xner_allennlp.text.sentence_arrays import SentenceArrays, evaluation_batch_size
from xner_allennlp.text.words import split_words

if TYPE_CHECKING:
    from xner_allennlp.tagger.pretrained_words import PretrainedWords

_CPU = torch.device("cpu")


class ExportedTagger(SentenceTagger):
    """
    # Parameters

    config : `Dict[str, Any]`, required.
        What [`folder.py`](./folder.md) says of `config.json`.
    vocabulary : `Dict[str, Any]`, required.
        What words are looked up in: of a tagger with word vectors that of
        [`VocabularyWords`](./vocabulary_words.md#VocabularyWords), of one with a pretrained encoder
        what the `tokenizer.json` of that holds.
    weights : `Dict[str, torch.Tensor]`, required.
        In single precision.
    device : `torch.device`, optional (default = the CPU)
    card : `str`, optional (default = `None`)
        What its archive says of it.

    # Raises

    `InputError` if there is a pretrained encoder and no library that knows it.
    """

    def __init__(
        self,
        config: Dict[str, Any],
        vocabulary: Dict[str, Any],
        weights: Dict[str, torch.Tensor],
        device: torch.device = _CPU,
        card: Optional[str] = None,
    ) -> None:
        self.card = card
        self.config = config
        self.vocabulary = vocabulary
        self._device = device
        description = config["network"]
        words: Union[VocabularyWords, PretrainedWords]
        if config["words"] is None:
            words = _pretrained_words(description["pretrained_encoder"], vocabulary)
            network = TaggingNetwork(description, weights, words.encoder)
        else:
            words = VocabularyWords(vocabulary, **config["words"])
            network = TaggingNetwork(description, weights)
        self._network = network.to(self._device)
        self._labels: List[str] = config["labels"]
        self._types = EntityFinder(dict(enumerate(self._labels))).types
        self._words = words
        self._look_up = lru_cache(MAX_FORMS)(words.look_up)

    def __getstate__(self) -> Dict[str, Any]:
        # What was looked up is not handed on: no other process could read it.
        return {name: value for name, value in vars(self).items() if name != "_look_up"}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        vars(self).update(state)
        self._look_up = lru_cache(MAX_FORMS)(self._words.look_up)

    @property
    def language(self) -> str:
        """That of the sentences it tags, as the archive calls it, e.g. "target"."""
        return str(self.config["network"]["language"])

    @property
    def entity_types(self) -> List[str]:
        return self._types

    @property
    def weights(self) -> Dict[str, torch.Tensor]:
        """By the names that they have in `TaggingNetwork`."""
        return dict(self._network.state_dict())

    def split_words(self, text: str) -> List[Tuple[int, int]]:
        return split_words(text, **self.config["tokenizer"])

    def tag(
        self, sentences: Sequence[Sequence[str]], batch_size: Optional[int] = None
    ) -> List[TaggedSentence]:
        description = self.config["network"]
        normalization = self.config["normalization"]
        if normalization is not None:
            sentences = [
                [unicodedata.normalize(normalization, word) for word in sentence]
                for sentence in sentences
            ]
        arrays = SentenceArrays(
            ((self.language, sentence) for sentence in sentences),
            self._look_up,
        )
        tagged: Dict[int, TaggedSentence] = {}
        with torch.inference_mode():
            for rows in arrays.batches(batch_size or evaluation_batch_size(self._device)):
                tokens, _ = arrays.word_tensors(rows, self._device)
                logits, mask, tag_ids = self._network.tag_batch(tokens, description["path"])
                tags = [[self._labels[index] for index in ids.tolist()] for ids in tag_ids]
                entities = entities_with_probabilities(
                    self._network.crf, logits, mask, tag_ids, tags
                )
                tagged.update(zip(rows, map(TaggedSentence, tags, entities)))
        return [tagged[row] for row in range(len(sentences))]


def _pretrained_words(description: Dict[str, Any], tokenizer: Dict[str, Any]) -> "PretrainedWords":
    try:
        from xner_allennlp.tagger.pretrained_words import PretrainedWords
    except ModuleNotFoundError as error:
        raise InputError(
            "this tagger has a pretrained encoder, whose words are split by the library tokenizers "
            f"({error}); install it: pip install tokenizers"
        ) from error
    return PretrainedWords(description, tokenizer)
