from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.data import Instance, Vocabulary
from allennlp.data.data_loaders import TensorDict
from allennlp.data.fields import SequenceLabelField, TextField
from allennlp.nn import util

from xner_allennlp.data.batch_metadata import BatchMetadata
from xner_allennlp.data.form_index import FormIndex


class IndexedSentences:
    """
    Sentences as numbers, made once, from which any batch is a few array operations.

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

    `ConfigurationError` for a tag that the vocabulary does not have.
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
        self._is_tagged: List[bool] = []
        # Of each form its word index and its characters.
        word_ids: List[int] = []
        self._spellings: List[np.ndarray] = []
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
                    self._spellings.append(spelling)
                forms.append(form)
            is_tagged = "tags" in instance.fields
            if is_tagged:
                labels: SequenceLabelField = instance["tags"]
                labels.index(vocab)
                tags += labels._indexed_labels
            else:
                tags += [0] * len(text.tokens)
            self._is_tagged.append(is_tagged)
            self._metadata.append(metadata)
            self.languages.append(language)
            lengths.append(len(text.tokens))
        # shape (both): (num_sentences,)
        self.lengths = np.array(lengths, dtype=np.int64)
        self._starts = np.cumsum(self.lengths) - self.lengths
        # shape (both): (num_tokens,)
        self._form_of = np.array(forms, dtype=np.int64)
        self._tags = np.array(tags, dtype=np.int64)
        # shape (each): (num_forms,)
        self._word_ids = np.array(word_ids, dtype=np.int64)
        self._num_characters = np.array(list(map(len, self._spellings)), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

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
        `form_of`, `(batch_size, num_words)`; 0 is padding everywhere. Further `metadata`, and
        `tags` `(batch_size, num_words)` if all of these sentences have tags.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        # shape: (batch_size, 1)
        lengths = self.lengths[chosen][:, None]
        # shape: (1, num_words)
        positions = np.arange(lengths.max())[None]
        # shape: (batch_size, num_words)
        mask = positions < lengths
        # shape: (num_tokens,)
        places = (self._starts[chosen][:, None] + positions)[mask]
        forms = self._form_of[places]
        # shape: (num_forms,), (num_tokens,)
        distinct, occurrence = np.unique(forms, return_inverse=True)
        # shape: (1 + num_forms, num_characters)
        spellings = np.zeros(
            (len(distinct) + 1, self._num_characters[distinct].max()), dtype=np.int64
        )
        for number, form in enumerate(distinct.tolist(), start=1):
            spelling = self._spellings[form]
            spellings[number, : len(spelling)] = spelling
        batch: TensorDict = {
            "tokens": {
                f"{self.languages[chosen[0]]}_tokens": {
                    "tokens": _padded(self._word_ids[forms], mask)
                },
                "characters": {
                    "token_characters": torch.from_numpy(spellings),
                    "form_of": _padded(occurrence + 1, mask),
                },
            },
            "metadata": BatchMetadata([self._metadata[row] for row in chosen.tolist()]),
        }
        if tags is not None:
            batch["tags"] = _padded(np.concatenate(tags), mask)
        elif all(self._is_tagged[row] for row in chosen.tolist()):
            batch["tags"] = _padded(self._tags[places], mask)
        return batch if device is None else util.move_to_device(batch, device)


def _padded(values: np.ndarray, mask: np.ndarray) -> torch.Tensor:
    """Values of all words, `(num_tokens,)`, put into `(batch_size, num_words)`."""
    padded = np.zeros(mask.shape, dtype=np.int64)
    padded[mask] = values
    return torch.from_numpy(padded)
