"""Sentences as numbers, made once, from which any batch is a few array operations."""

import math
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, overload

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, TextFieldTensors, Token, TokenIndexer, Vocabulary
from allennlp.data.data_loaders import TensorDict
from allennlp.data.fields import SequenceLabelField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer

from xner_allennlp.text.sentence_arrays import SentenceArrays, evaluation_batch_size


class BatchMetadata(Sequence[Dict[str, Any]]):
    """
    The metadata of the sentences of a batch.

    A sequence of its own kind, since AllenNLP's `move_to_device` walks through every list and
    dictionary of a batch, here through each offset of each word: half the time of an evaluation.
    """

    def __init__(self, sentences: List[Dict[str, Any]]) -> None:
        self._sentences = sentences

    @overload
    def __getitem__(self, index: int) -> Dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> List[Dict[str, Any]]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._sentences[index]

    def __len__(self) -> int:
        return len(self._sentences)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        return iter(self._sentences)

    def to_json(self) -> List[Dict[str, Any]]:
        """For AllenNLP's `sanitize`, which writes batches and predictions to files."""
        return self._sentences


class FormIndex:
    """
    The numbers of word forms, found once by the reader's token indexers and then remembered.

    # Parameters

    vocab : `Vocabulary`, required.
    max_forms : `int`, optional (default = `None`)
        Everything is forgotten when this many forms are remembered, so that the memory of a stream
        of any length stays bounded.
    """

    def __init__(self, vocab: Vocabulary, max_forms: Optional[int] = None) -> None:
        self._vocab = vocab
        self._max_forms = max_forms
        self._known: Dict[Tuple[str, str], Tuple[int, np.ndarray]] = {}

    def look_up(
        self, token: Token, language: str, indexers: Dict[str, TokenIndexer]
    ) -> Tuple[int, np.ndarray]:
        """The index of a word, and the indices of its characters, `(num_characters,)`."""
        key = (language, token.ensure_text())
        found = self._known.get(key)
        if found is None:
            _check_indexers(indexers, language)
            word = indexers[f"{language}_tokens"].tokens_to_indices([token], self._vocab)
            characters = indexers["characters"].tokens_to_indices([token], self._vocab)
            found = (
                word["tokens"][0],
                np.array(characters["token_characters"][0], dtype=np.int64),
            )
            if self._max_forms is not None and len(self._known) >= self._max_forms:
                self._known.clear()
            self._known[key] = found
        return found


class IndexedSentences(SentenceArrays):
    """
    A corpus as arrays.

    A word form is indexed once for the whole corpus, by the token indexers of the reader.

    # Parameters

    instances : `Sequence[Instance]`, required.
        From `conll_ner`, with its token indexers.
    vocab : `Vocabulary`, required.
    form_index : `FormIndex`, optional (default = one of its own)
        Remembers forms beyond these sentences.

    # Raises

    `ConfigurationError` for a tag that the vocabulary does not have, and unless the token indexers
    are one of words and one of characters.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        vocab: Vocabulary,
        form_index: Optional[FormIndex] = None,
    ) -> None:
        form_index = form_index or FormIndex(vocab)
        self._metadata: List[Dict[str, Any]] = []
        is_tagged: List[bool] = []
        tags: List[int] = []
        sentences: List[Tuple[str, List[str]]] = []
        indexers: Dict[str, Dict[str, TokenIndexer]] = {}
        for instance in instances:
            text: TextField = instance["tokens"]
            metadata = instance["metadata"].metadata
            language = metadata["language"]
            indexers[language] = text.token_indexers
            sentences.append((language, [token.ensure_text() for token in text.tokens]))
            is_tagged.append("tags" in instance.fields)
            if is_tagged[-1]:
                labels: SequenceLabelField = instance["tags"]
                labels.index(vocab)
                tags += labels._indexed_labels
            else:
                tags += [0] * len(text.tokens)
            self._metadata.append(metadata)
        super().__init__(
            sentences,
            lambda word, language: form_index.look_up(Token(word), language, indexers[language]),
        )
        # shape: (num_sentences,)
        self.is_tagged = np.array(is_tagged, dtype=bool)
        # shape: (num_tokens,), of all sentences, one after the other
        self.tags = np.array(tags, dtype=np.int64)

    def sample(
        self,
        number: int,
        device: Optional[torch.device] = None,
        rows: Optional[Sequence[int]] = None,
        batch_size: Optional[int] = None,
    ) -> Iterator[TextFieldTensors]:
        """
        The tokens of at most `number` of these rows (default: all), evenly taken, in batches for
        tagging (default: of what suits the device).
        """
        rows = range(len(self)) if rows is None else rows
        some = rows[:: max(1, math.ceil(len(rows) / number))]
        for batch in self.batches(batch_size or evaluation_batch_size(device), some):
            yield self.tensors(batch, device)["tokens"]

    def tensors(
        self,
        rows: Sequence[int],
        device: Optional[torch.device] = None,
        tags: Optional[Sequence[np.ndarray]] = None,
        alternatives: Optional[Sequence[np.ndarray]] = None,
    ) -> TensorDict:
        """
        # Parameters

        rows : `Sequence[int]`, required.
            Which sentences, all of one language.
        device : `torch.device`, optional (default = `None`)
        tags : `Sequence[np.ndarray]`, optional (default = those of the instances)
            The label indices of each of these sentences.
        alternatives : `Sequence[np.ndarray]`, optional (default = `None`)
            Further ones beside `tags`.

        # Returns

        `tokens`, as [`word_tensors`](../text/sentence_arrays.md#word_tensors) gives them, and
        `metadata`; `tags`, `(batch_size, num_words)`, if all of these sentences have tags, and so
        `alternatives`.
        """
        if tags is not None:
            tag_ids = [np.concatenate(each) for each in (tags, alternatives) if each is not None]
        elif self.is_tagged[np.asarray(rows)].all():
            tag_ids = [self.tags[self.word_positions(rows)]]
        else:
            tag_ids = []
        tokens, padded_tags = self.word_tensors(rows, device, tag_ids)
        batch: TensorDict = {
            "tokens": tokens,
            "metadata": BatchMetadata([self._metadata[row] for row in rows]),
        }
        batch.update(zip(("tags", "alternatives"), padded_tags))
        return batch


def _check_indexers(indexers: Dict[str, TokenIndexer], language: str) -> None:
    words = f"{language}_tokens"
    wanted = {words: SingleIdTokenIndexer, "characters": TokenCharactersIndexer}
    if indexers.keys() != wanted.keys() or not all(
        isinstance(indexers[name], kind) for name, kind in wanted.items()
    ):
        found = ", ".join(f"{name} ({type(each).__name__})" for name, each in indexers.items())
        raise ConfigurationError(
            f"the tagger needs of a {language} sentence the token indexers {words} (of words, e.g. "
            "single_id_case_fallback) and characters (of type characters, or word_pieces) and no "
            f"other; those of the reader are {found or 'none'}"
        )
