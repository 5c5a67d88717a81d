"""What all taggers have in common, whatever they were loaded from."""

from abc import ABC, abstractmethod
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

MAX_FORMS = 100_000
"""How many word forms are remembered from sentence to sentence: about 50 MB."""


class TaggedSentence(NamedTuple):
    """
    tags : one a word, in the model's scheme.
    entities : see `entities_with_probabilities`.
    """

    tags: List[str]
    entities: List[Dict[str, Any]]


class SentenceTagger(ABC):
    """A trained tagger of one language, with all that it needs to know of words."""

    @property
    @abstractmethod
    def entity_types(self) -> List[str]:
        """The types that it can find, sorted."""

    @abstractmethod
    def split_words(self, text: str) -> List[Tuple[int, int]]:
        """Where the words of a sentence stand, in characters, end exclusive."""

    @abstractmethod
    def tag(
        self, sentences: Sequence[Sequence[str]], batch_size: Optional[int] = None
    ) -> List[TaggedSentence]:
        """
        # Parameters

        sentences : `Sequence[Sequence[str]]`, required.
            The words of each sentence, at least one.
        batch_size : `int`, optional (default = what suits the device)
            No effect on the result.
        """
