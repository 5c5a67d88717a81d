"""From what a user gives to tokenized sentences, and from tagged sentences to entities."""

from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple, Union

from xner_allennlp.common.errors import InputError
from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.text.sentences import split_sentences
from xner_allennlp.text.surrogates import without_lone_surrogates
from xner_allennlp.text.word_offsets import spaced_offsets


class Entity(NamedTuple):
    """
    text : as it is written.
    type : e.g. "PER".
    start, end : where it stands, in characters of the whole text, end exclusive.
    probability : what the CRF gives to exactly this entity, in [0, 1].
    """

    text: str
    type: str
    start: int
    end: int
    probability: float


class Document(NamedTuple):
    """
    text : the whole text.
    sentences : where the words of each sentence stand in it, in characters, end exclusive.
    """

    text: str
    sentences: List[List[Tuple[int, int]]]

    def words(self, sentence: Sequence[Tuple[int, int]]) -> List[str]:
        return [without_lone_surrogates(self.text[start:end]) for start, end in sentence]

    def entity(self, sentence: Sequence[Tuple[int, int]], found: Dict[str, Any]) -> Entity:
        """An entity that was found in one of the sentences."""
        start, end = sentence[found["first_token"]][0], sentence[found["last_token"]][1]
        return Entity(
            self.text[start:end], found["type"], start, end, round(found["probability"], 6)
        )


def read_document(
    given: Union[str, Sequence[str]], split_words: Callable[[str], List[Tuple[int, int]]]
) -> Document:
    """
    A text, split into sentences and these by `split_words`, or the words of a sentence, with a
    space between two of them as its text. Raises `InputError` for anything else.
    """
    if isinstance(given, str):
        sentences = [
            [(start + first, start + last) for first, last in split_words(text)]
            for start, end in split_sentences(given)
            for text in [without_lone_surrogates(given[start:end])]
        ]
        return Document(given, [sentence for sentence in sentences if sentence])
    if not isinstance(given, (list, tuple)) or not all(isinstance(w, str) and w for w in given):
        raise InputError(
            f"{excerpt(repr(given))} is neither a text nor a list of words that are not empty"
        )
    return Document(" ".join(given), [spaced_offsets(given)] if given else [])
