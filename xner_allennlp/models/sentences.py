"""What the tagger reads, taken out of the tensors of a batch."""

from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

import torch
from allennlp.data import TextFieldTensors

from xner_allennlp.modules.encoders import token_places
from xner_allennlp.modules.shared_char_lstm import distinct_forms


class Sentences(NamedTuple):
    """
    A batch of sentences of one language, its words in a row: those at `token_places(mask)`.

    language : "source" or "target".
    mask : `(batch_size, num_words)`.
    word_ids : `(num_tokens,)`.
    forms : `(num_forms, num_characters)`, the characters of each distinct word form.
    form_of : `(num_tokens,)`, which form a word is.
    word_of_form : `(num_forms,)`, the word index of a form.
    """

    language: str
    mask: torch.BoolTensor
    word_ids: torch.Tensor
    forms: torch.Tensor
    form_of: torch.Tensor
    word_of_form: torch.Tensor

    @classmethod
    def of_readings(
        cls,
        readings: Sequence[Tuple[TextFieldTensors, str]],
        language_of: Callable[[TextFieldTensors], str],
    ) -> List["Sentences"]:
        """
        The sentences of each reading, padded to the longest of all. A batch that occurs twice is
        taken out once.
        """
        languages = [language_of(tokens) for tokens, _ in readings]
        all_ids = [
            tokens[f"{language}_tokens"]["tokens"]
            for (tokens, _), language in zip(readings, languages)
        ]
        num_words = max(ids.size(1) for ids in all_ids)
        made: Dict[int, Sentences] = {}
        for (tokens, _), language, ids in zip(readings, languages, all_ids):
            if id(tokens) not in made:
                made[id(tokens)] = cls._of_tokens(tokens, language, ids, num_words)
        return [made[id(tokens)] for tokens, _ in readings]

    @classmethod
    def _of_tokens(
        cls, tokens: TextFieldTensors, language: str, ids: torch.Tensor, num_words: int
    ) -> "Sentences":
        forms, form_of = tokens["characters"]["token_characters"], None
        if "form_of" in tokens["characters"]:
            form_of = tokens["characters"]["form_of"]
        else:
            # A batch of another loader.
            forms, form_of = distinct_forms(forms)
        padding = (0, num_words - ids.size(1))
        # shape (both): (batch_size, num_words)
        ids, form_of = (torch.nn.functional.pad(values, padding) for values in (ids, form_of))
        mask = ids != 0
        places = token_places(mask)
        # shape (both): (num_tokens,)
        word_ids = ids.reshape(-1).index_select(0, places)
        form_of = form_of.reshape(-1).index_select(0, places)
        # The same form has the same index wherever it stands.
        # shape: (num_forms,)
        word_of_form = word_ids.new_zeros(len(forms)).scatter_(0, form_of, word_ids)
        return cls(language, mask, word_ids, forms, form_of, word_of_form)


def stack_rows(batches: Sequence[torch.Tensor]) -> torch.Tensor:
    """The rows of `(batch_size, length)` batches, padded with zeros to the longest."""
    length = max(batch.size(1) for batch in batches)
    return torch.cat(
        [torch.nn.functional.pad(batch, (0, length - batch.size(1))) for batch in batches]
    )
