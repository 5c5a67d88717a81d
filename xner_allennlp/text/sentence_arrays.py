"""Tokenized sentences as arrays, made once, from which any batch is a few array operations."""

from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import torch

from xner_allennlp.common.device_copies import tensors_on

# In a batch the characters of each word take as much room as those of the longest. Tagging gives a
# sentence with a longer word a batch of its own; training reads the beginning of such a word.
_LONG_WORD = 1000
# Longer sentences make batches of fewer.
_LONG_SENTENCE = 256
_CPU_BATCH = 256


def evaluation_batch_size(device: Optional[torch.device]) -> int:
    """
    How many sentences are best tagged at once: a GPU is busy only with large batches, a CPU's
    caches hold small ones. No effect on the result.
    """
    return 1024 if device is not None and device.type == "cuda" else _CPU_BATCH


class SentenceArrays:
    """
    Sentences as arrays.

    A batch holds the characters of each of its distinct forms once, so that no model has to encode
    a form twice, nor a GPU to look for equal ones.

    # Parameters

    sentences : `Iterable[Tuple[str, Sequence[str]]]`, required.
        The language of each sentence, and its words.
    look_up : `Callable[[str, str], Tuple[int, np.ndarray]]`, required.
        Of a word and its language the index of the word and those of its characters,
        `(num_characters,)`; asked once for each distinct form.
    """

    def __init__(
        self,
        sentences: Iterable[Tuple[str, Sequence[str]]],
        look_up: Callable[[str, str], Tuple[int, np.ndarray]],
    ) -> None:
        self.languages: List[str] = []
        # Of each form its word index and its characters.
        word_ids: List[int] = []
        spellings: List[np.ndarray] = [np.zeros(0, dtype=np.int64)]
        number_of_form: Dict[Tuple[str, str], int] = {}
        lengths: List[int] = []
        forms: List[int] = []
        for language, words in sentences:
            for word in words:
                form = number_of_form.setdefault((language, word), len(word_ids))
                if form == len(word_ids):
                    word_id, spelling = look_up(word, language)
                    word_ids.append(word_id)
                    spellings.append(spelling)
                forms.append(form)
            self.languages.append(language)
            lengths.append(len(words))
        # shape (both): (num_sentences,)
        self.lengths = np.array(lengths, dtype=np.int64)
        self._starts = np.cumsum(self.lengths) - self.lengths
        # shape: (num_tokens,), of all sentences, one after the other
        self._form_of = np.array(forms, dtype=np.int64)
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

    def spelling_lengths(self) -> np.ndarray:
        """Of each sentence the number of its characters or pieces, `(num_sentences,)`."""
        sentence_of = np.repeat(np.arange(len(self)), self.lengths)
        numbers = self._num_characters[self._form_of]
        return np.bincount(sentence_of, numbers, len(self)).astype(np.int64)

    def batches(
        self,
        batch_size: int,
        rows: Optional[Sequence[int]] = None,
        sort_by_length: bool = True,
    ) -> List[List[int]]:
        """
        Rows in batches for tagging: each of one language, of sentences of similar length (unless
        `sort_by_length` is false), the longest first. A sentence with a word of thousands of
        characters is alone, and where there are sentences of hundreds of words, a batch has fewer.
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
            batches += self._groups(usual, batch_size)
            batches += [[row] for row in of_language if self._has_long_word[row]]
        return batches

    def _groups(self, rows: List[int], batch_size: int) -> Iterator[List[int]]:
        """Batches of consecutive rows that, padded to the longest, do not get too large."""
        bound = max(batch_size, _CPU_BATCH) * _LONG_SENTENCE
        group: List[int] = []
        longest = 0
        for row in rows:
            length = int(self.lengths[row])
            longest = max(longest, length)
            if group and (len(group) == batch_size or (len(group) + 1) * longest > bound):
                yield group
                group, longest = [], length
            group.append(row)
        if group:
            yield group

    def word_positions(self, rows: Sequence[int]) -> np.ndarray:
        """Where the words of these sentences stand among the words of all, `(num_words,)`."""
        chosen = np.asarray(rows, dtype=np.int64)
        return _items(self._starts[chosen], self.lengths[chosen])[0]

    def word_tensors(
        self,
        rows: Sequence[int],
        device: Optional[torch.device] = None,
        further: Sequence[np.ndarray] = (),
    ) -> Tuple[Dict[str, Dict[str, Any]], List[torch.Tensor]]:
        """
        # Parameters

        rows : `Sequence[int]`, required.
            Which sentences, all of one language.
        device : `torch.device`, optional (default = `None`)
        further : `Sequence[np.ndarray]`, optional (default = `()`)
            More about each word of these sentences, each `(num_words of all,)`.

        # Returns

        The words under `<language>_tokens`, `(batch_size, num_words)`, and under `characters` the
        `token_characters` of the distinct forms, `(1 + num_forms, num_characters)`, of which the
        first is empty, and for each word which form it is, `form_of`, `(batch_size, num_words)`; 0
        is padding everywhere. With them, as arrays that stay on the host, `sentence_lengths`,
        `(batch_size,)`, and `form_lengths`, `(1 + num_forms,)`. Of more sentences than one, words
        are cut after 1,000 characters. Then `further`, each `(batch_size, num_words)`.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        # shape: (num_tokens,), (batch_size, num_words)
        word_positions, mask = _items(self._starts[chosen], self.lengths[chosen])
        # shape: (num_tokens,)
        forms = self._form_of[word_positions]
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
        arrays += [_padded(values, mask) for values in further]
        word_ids, form_of, characters, *others = tensors_on(device or torch.device("cpu"), arrays)
        return {
            f"{self.languages[chosen[0]]}_tokens": {"tokens": word_ids},
            "characters": {
                "token_characters": characters,
                "form_of": form_of,
                # Arrays, not tensors: they stay on the host.
                "sentence_lengths": self.lengths[chosen],
                "form_lengths": form_lengths,
            },
        }, others


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
