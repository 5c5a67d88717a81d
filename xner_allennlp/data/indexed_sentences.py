"""Sentences as numbers, made once, from which any batch is a few array operations."""

from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, overload

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.data import Instance, Token, TokenIndexer, Vocabulary
from allennlp.data.data_loaders import TensorDict
from allennlp.data.fields import SequenceLabelField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer

from xner_allennlp.common.device_copies import tensors_on

# In a batch the characters of each word take as much room as the longest word's. Tagging gives a
# sentence with a longer word a batch of its own; training reads the beginning of such a word.
_LONG_WORD = 1000


def evaluation_batch_size(device: Optional[torch.device]) -> int:
    """
    How many sentences are best tagged at once: a GPU is busy only with large batches, a CPU's
    caches hold small ones. No effect on the result.
    """
    return 1024 if device is not None and device.type == "cuda" else 256


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
            if len(self._known) == self._max_forms:
                self._known.clear()
            self._known[key] = found
        return found


class IndexedSentences:
    """
    A corpus as arrays.

    A word form is indexed once for the whole corpus, by the token indexers of the reader. A batch
    holds the characters of each of its distinct forms once, so that no model has to encode a form
    twice, nor a GPU to look for equal ones.

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
        self.languages: List[str] = []
        self._metadata: List[Dict[str, Any]] = []
        is_tagged: List[bool] = []
        # Of each form its word index and its characters.
        word_ids: List[int] = []
        spellings: List[np.ndarray] = [np.zeros(0, dtype=np.int64)]
        number_of_form: Dict[Tuple[str, str], int] = {}
        lengths: List[int] = []
        forms: List[int] = []
        tags: List[int] = []
        for instance in instances:
            text: TextField = instance["tokens"]
            metadata = instance["metadata"].metadata
            language = metadata["language"]
            for token in text.tokens:
                key = (language, token.ensure_text())
                form = number_of_form.setdefault(key, len(word_ids))
                if form == len(word_ids):
                    word_id, spelling = form_index.look_up(token, language, text.token_indexers)
                    word_ids.append(word_id)
                    spellings.append(spelling)
                forms.append(form)
            is_tagged.append("tags" in instance.fields)
            if is_tagged[-1]:
                labels: SequenceLabelField = instance["tags"]
                labels.index(vocab)
                tags += labels._indexed_labels
            else:
                tags += [0] * len(text.tokens)
            self._metadata.append(metadata)
            self.languages.append(language)
            lengths.append(len(text.tokens))
        # shape (each): (num_sentences,)
        self.lengths = np.array(lengths, dtype=np.int64)
        self.is_tagged = np.array(is_tagged, dtype=bool)
        self._starts = np.cumsum(self.lengths) - self.lengths
        # shape (both): (num_tokens,), of all sentences, one after the other
        self._form_of = np.array(forms, dtype=np.int64)
        self.tags = np.array(tags, dtype=np.int64)
        # shape (each): (num_forms,)
        self._word_ids = np.array(word_ids, dtype=np.int64)
        self._num_characters = np.array(list(map(len, spellings[1:])), dtype=np.int64)
        self._first_character = np.cumsum(self._num_characters) - self._num_characters
        # shape: (num_characters of all forms,)
        self._characters = np.concatenate(spellings)
        # shape: (num_sentences,)
        self._has_long_word = np.zeros(len(lengths), dtype=bool)
        has_words = self.lengths > 0
        if has_words.any():
            longest_words = np.maximum.reduceat(
                self._num_characters[self._form_of], self._starts[has_words]
            )
            self._has_long_word[has_words] = longest_words > _LONG_WORD

    def __len__(self) -> int:
        return len(self.lengths)

    def batches(
        self,
        batch_size: int,
        rows: Optional[Sequence[int]] = None,
        sort_by_length: bool = True,
    ) -> List[List[int]]:
        """
        Rows in batches for tagging: each of one language, of sentences of similar length (unless
        `sort_by_length` is false), the longest first. A sentence with a word of thousands of
        characters is alone.
        """
        rows = range(len(self)) if rows is None else rows
        if not len(rows):
            return []
        by_language: Dict[str, List[int]] = {}
        for row in rows:
            by_language.setdefault(self.languages[row], []).append(row)
        batches: List[List[int]] = []
        for of_language in by_language.values():
            if sort_by_length:
                of_language = sorted(of_language, key=self.lengths.__getitem__, reverse=True)
            usual = [row for row in of_language if not self._has_long_word[row]]
            batches += lazy_groups_of(usual, batch_size)
            batches += [[row] for row in of_language if self._has_long_word[row]]
        return batches

    def tensors(
        self,
        rows: Sequence[int],
        device: Optional[torch.device] = None,
        tags: Optional[Sequence[np.ndarray]] = None,
    ) -> TensorDict:
        """
        # Parameters

        rows : `Sequence[int]`, required.
            Which sentences, all of one language.
        device : `torch.device`, optional (default = `None`)
        tags : `Sequence[np.ndarray]`, optional (default = those of the instances)
            The label indices of each of these sentences.

        # Returns

        `tokens`, with the words under `<language>_tokens`, `(batch_size, num_words)`, and under
        `characters` the `token_characters` of the distinct forms, `(1 + num_forms,
        num_characters)`, of which the first is empty, and for each word which form it is,
        `form_of`, `(batch_size, num_words)`; 0 is padding everywhere. With them, as arrays that
        stay on the host, `sentence_lengths`, `(batch_size,)`, and `form_lengths`, `(1 +
        num_forms,)`. Further `metadata`, and `tags` `(batch_size, num_words)` if all of these
        sentences have tags. Of more sentences than one, words are cut after 1,000 characters.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        # shape: (num_tokens,), (batch_size, num_words)
        positions, mask = _items(self._starts[chosen], self.lengths[chosen])
        # shape: (num_tokens,)
        forms = self._form_of[positions]
        # shape: (num_forms,), (num_tokens,)
        distinct, occurrence = np.unique(forms, return_inverse=True)
        # The first form is the empty one of padding.
        # shape: (1 + num_forms,)
        form_lengths = np.append(0, self._num_characters[distinct])
        if len(chosen) > 1:
            form_lengths = np.minimum(form_lengths, _LONG_WORD)
        first_characters = np.append(0, self._first_character[distinct])
        # shape: (num_characters of these forms,), (1 + num_forms, num_characters)
        letters, is_letter = _items(first_characters, form_lengths)
        # shape: (1 + num_forms, num_characters)
        spellings = _padded(self._characters[letters], is_letter)
        arrays = [_padded(self._word_ids[forms], mask), _padded(occurrence + 1, mask), spellings]
        if tags is not None:
            arrays.append(_padded(np.concatenate(tags), mask))
        elif self.is_tagged[chosen].all():
            arrays.append(_padded(self.tags[positions], mask))
        word_ids, form_of, characters, *tag_ids = tensors_on(device or torch.device("cpu"), arrays)
        batch: TensorDict = {
            "tokens": {
                f"{self.languages[chosen[0]]}_tokens": {"tokens": word_ids},
                "characters": {
                    "token_characters": characters,
                    "form_of": form_of,
                    # Arrays, not tensors: they stay on the host.
                    "sentence_lengths": self.lengths[chosen],
                    "form_lengths": form_lengths,
                },
            },
            "metadata": BatchMetadata([self._metadata[row] for row in chosen.tolist()]),
        }
        if tag_ids:
            batch["tags"] = tag_ids[0]
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


def _items(starts: np.ndarray, lengths: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """
    Where the items of some sequences are in the array that holds all sequences one after the other,
    `(num_items,)`, and where they are in a padded batch, `(num_sequences, length)`.
    """
    positions = np.arange(lengths.max())[None]
    # shape: (num_sequences, length)
    mask = positions < lengths[:, None]
    return (starts[:, None] + positions)[mask], mask


def _padded(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The values of all items, `(num_items,)`, put into `(num_sequences, length)`."""
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = values
    return padded
