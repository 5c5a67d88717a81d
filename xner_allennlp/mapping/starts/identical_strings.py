"""A start from words that are written alike in both languages."""

from typing import Optional, Sequence, Tuple

from xner_allennlp.mapping.dictionary import equal_words
from xner_allennlp.mapping.starts.mapping_start import MappingStart
from xner_allennlp.mapping.starts.word_pairs import WordPairStart
from xner_allennlp.vectors import WordVectors


@MappingStart.register("identical_strings")
class IdenticalStrings(WordPairStart):
    """
    Words written alike in both languages, letter case included: numbers, punctuation, names, loan
    words (Smith et al. 2017; MUSE's `identical_char`).

    Registered as a `MappingStart` with name "identical_strings".
    """

    def _pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> Sequence[Tuple[int, int]]:
        return equal_words(source.words, target.words)
