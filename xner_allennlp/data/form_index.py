from typing import Dict, Optional, Tuple

import numpy as np
from allennlp.data import Token, TokenIndexer, Vocabulary


class FormIndex:
    """
    The numbers of word forms, found once by the reader's token indexers and then remembered.

    # Parameters

    vocab : `Vocabulary`, required.
    max_forms : `int`, optional (default = `None`)
        Everything is forgotten when so many are remembered, so that the memory of a stream of any
        length stays bounded.
    """

    def __init__(self, vocab: Vocabulary, max_forms: Optional[int] = None) -> None:
        self._vocab = vocab
        self._max_forms = max_forms
        self._known: Dict[Tuple[str, str], Tuple[int, np.ndarray]] = {}

    def look_up(
        self, token: Token, language: str, indexers: Dict[str, TokenIndexer]
    ) -> Tuple[int, np.ndarray]:
        """The index of a word and those of its characters, `(num_characters,)`."""
        key = (language, token.ensure_text())
        found = self._known.get(key)
        if found is None:
            word = indexers[f"{language}_tokens"].tokens_to_indices([token], self._vocab)
            spelling = indexers["characters"].tokens_to_indices([token], self._vocab)
            found = (
                word["tokens"][0],
                np.array(spelling["token_characters"][0], dtype=np.int64),
            )
            if len(self._known) == self._max_forms:
                self._known.clear()
            self._known[key] = found
        return found
