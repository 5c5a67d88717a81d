"""The words of an exported tagger, looked up in its vocabulary."""

from typing import Dict, List, Optional, Tuple

import numpy as np

from xner_allennlp.text.word_forms import known_form

# AllenNLP's name of what the vocabulary does not have.
UNKNOWN = "@@UNKNOWN@@"


class VocabularyWords:
    """
    # Parameters

    vocabulary : `Dict[str, List[str]]`, required.
        `words`, and if they are read `characters`, in the order of their numbers.
    lowercase : `bool`, required.
        Whether words are looked up in lower case.
    case_fallback : `bool`, required.
        Whether other forms of a word are looked up that the vocabulary does not have.
    """

    def __init__(
        self, vocabulary: Dict[str, List[str]], *, lowercase: bool, case_fallback: bool
    ) -> None:
        self._lowercase = lowercase
        self._case_fallback = case_fallback
        self._words = {word: index for index, word in enumerate(vocabulary["words"])}
        self._characters = {
            character: index for index, character in enumerate(vocabulary.get("characters", []))
        }

    def look_up(self, word: str, language: str) -> Tuple[int, np.ndarray]:
        """The index of a word and those of its characters, none if they are not read."""
        form: Optional[str] = word
        if self._lowercase:
            form = word.lower()
        elif self._case_fallback:
            form = known_form(word, self._words)
        unknown = self._words[UNKNOWN]
        index = unknown if form is None else self._words.get(form, unknown)
        if not self._characters:
            return index, np.zeros(0, dtype=np.int64)
        unknown = self._characters[UNKNOWN]
        return index, np.array([self._characters.get(c, unknown) for c in word], dtype=np.int64)
