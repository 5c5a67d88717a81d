"""A tagger that was exported from an archive; it works without AllenNLP."""

import unicodedata
from functools import lru_cache
from os import PathLike
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch

from xner_allennlp.modules.entities_with_probabilities import entities_with_probabilities
from xner_allennlp.spans import EntityFinder
from xner_allennlp.tagger.network import TaggingNetwork
from xner_allennlp.tagger.sentence_tagger import SentenceTagger, TaggedSentence
from xner_allennlp.text.sentence_arrays import SentenceArrays, evaluation_batch_size
from xner_allennlp.text.word_forms import known_form
from xner_allennlp.text.words import split_words

# AllenNLP's name of what the vocabulary does not have.
UNKNOWN = "@@UNKNOWN@@"
# The word forms that are remembered from sentence to sentence take about 50 MB.
_MAX_FORMS = 100_000


class ExportedTagger(SentenceTagger):
    """
    # Parameters

    config : `Dict[str, Any]`, required.
        What [`folder.py`](./folder.md) says of `config.json`.
    vocabulary : `Dict[str, List[str]]`, required.
        `words`, and if they are read `characters`, in the order of their numbers.
    weights : `Dict[str, torch.Tensor]`, required.
    device : `str`, optional (default = `"cpu"`)
    card : `str`, optional (default = `None`)
        What its archive says of it.
    """

    def __init__(
        self,
        config: Dict[str, Any],
        vocabulary: Dict[str, List[str]],
        weights: Dict[str, torch.Tensor],
        device: str = "cpu",
        card: Optional[str] = None,
    ) -> None:
        self.card = card
        self.config = config
        self.vocabulary = vocabulary
        self._device = torch.device(device)
        self._network = TaggingNetwork(config["network"], weights).to(self._device)
        self._labels: List[str] = config["labels"]
        self._types = EntityFinder(dict(enumerate(self._labels))).types
        self._words = {word: index for index, word in enumerate(vocabulary["words"])}
        self._characters = {
            character: index for index, character in enumerate(vocabulary.get("characters", []))
        }
        self._look_up_remembered = lru_cache(_MAX_FORMS)(self._look_up)

    @property
    def entity_types(self) -> List[str]:
        return self._types

    @property
    def weights(self) -> Dict[str, torch.Tensor]:
        """By the names that they have in an archive."""
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
            ((description["language"], sentence) for sentence in sentences),
            self._look_up_remembered,
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

    def save(self, folder: Union[str, "PathLike[str]"]) -> None:
        from xner_allennlp.tagger.folder import save_exported

        save_exported(self, folder)

    def _look_up(self, word: str, language: str) -> Tuple[int, np.ndarray]:
        """The index of a word and those of its characters, none if they are not read."""
        form: Optional[str] = word
        if self.config["words"]["lowercase"]:
            form = word.lower()
        elif self.config["words"]["case_fallback"]:
            form = known_form(word, self._words)
        unknown = self._words[UNKNOWN]
        index = unknown if form is None else self._words.get(form, unknown)
        if not self._characters:
            return index, np.zeros(0, dtype=np.int64)
        unknown = self._characters[UNKNOWN]
        return index, np.array([self._characters.get(c, unknown) for c in word], dtype=np.int64)
