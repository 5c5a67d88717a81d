"""A start from the user's dictionary."""

from typing import Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.dictionary import known_pairs
from xner_allennlp.mapping.starts.mapping_start import MappingStart
from xner_allennlp.mapping.starts.word_pairs import WordPairStart
from xner_allennlp.vectors import WordVectors


@MappingStart.register("dictionary")
class SeedDictionary(WordPairStart):
    """
    The pairs of the seed dictionary that is given to the mapper, as far as both words have vectors.

    Registered as a `MappingStart` with name "dictionary".
    """

    takes_seed_dictionary = True
    remedy = (
        "Give a dictionary of these languages, a source word and a target word a line, or use "
        "another start."
    )

    def _pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> Sequence[Tuple[int, int]]:
        if seed_dictionary is None:
            raise ConfigurationError(
                'The start "dictionary" needs a seed dictionary. Give seed_dictionary.'
            )
        pairs = known_pairs(seed_dictionary, source.index(), target.index())
        return [(source_row, target_row) for source_row, target_row in pairs.tolist()]
