"""A start from numbers, which most languages write alike."""

import re
from typing import Optional, Sequence, Tuple

from xner_allennlp.mapping.dictionary import equal_words
from xner_allennlp.mapping.starts.mapping_start import MappingStart
from xner_allennlp.mapping.starts.word_pairs import WordPairStart
from xner_allennlp.vectors import WordVectors

_NUMERAL = re.compile(r"[-+]?\d[\d.,:/%-]*")


@MappingStart.register("numerals")
class Numerals(WordPairStart):
    """
    Numbers that both languages have: digits of any script, with signs, points, commas and the like
    between them (Artetxe et al. 2017).

    Registered as a `MappingStart` with name "numerals".
    """

    def _pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> Sequence[Tuple[int, int]]:
        pairs = equal_words(source.words, target.words)
        return [pair for pair in pairs if _NUMERAL.fullmatch(source.words[pair[0]])]
