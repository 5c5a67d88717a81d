"""Translation of words, one language's into the other's, by their vectors in a common space."""

from dataclasses import replace
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.mapping import LANGUAGES, Mapping, other_language
from xner_allennlp.mapping.use.common_space import CommonSpace
from xner_allennlp.vectors import WordVectors, known_form

_TOLERANCE = 1e-4


class Translation(NamedTuple):
    """
    A word of the other language, and the `score` by which it was found: the CSLS value or the
    cosine.
    """

    word: str
    score: float


class Translator:
    """
    Translates words in both directions:

        mapping = Mapping.load("runs/mapping_en_nl/mapping.npz")
        translator = Translator.of_mapping(
            mapping, read_word_vectors("en.vec"), read_word_vectors("nl.vec")
        )
        translator.translate(["house", "cheese"], k=3)
        translator.translate(["kaas"], language="target")

    The neighbourhoods of CSLS are found once, at the first translation by CSLS: this takes time
    that grows with the product of both vocabularies, or less if the search is approximate. Words
    whose vector is null are left out, since nothing is known of them.

    # Parameters

    source, target : `WordVectors`
        The words of both languages with their vectors in the common space. If they are not there
        yet, see [`of_mapping`](#of_mapping) and [`through_pivot`](#through_pivot).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    approximate : `bool`, optional (default = `False`)
        Whether translations by CSLS are found approximately, for vocabularies of several 100,000
        words; always so above 200,000 x 200,000 pairs of words.

    # Raises

    `ConfigurationError`
        If the vectors have different dimensions, or no word of a language has a vector.
    """

    def __init__(
        self,
        source: WordVectors,
        target: WordVectors,
        *,
        neighbours: int = 10,
        approximate: bool = False,
    ) -> None:
        self._words: Dict[str, List[str]] = {}
        self._index: Dict[str, Dict[str, int]] = {}
        matrices = []
        for language, vectors in zip(LANGUAGES, (source, target)):
            known = vectors.without_null()
            if not len(known):
                raise ConfigurationError(f"{vectors.path}: no word here has a vector to go by.")
            self._words[language] = known.words
            self._index[language] = known.index()
            matrices.append(known.matrix)
        self.space = CommonSpace(
            matrices[0], matrices[1], neighbours=neighbours, approximate=approximate
        )

    @classmethod
    def of_mapping(
        cls,
        mapping: Mapping,
        source: WordVectors,
        target: WordVectors,
        *,
        neighbours: int = 10,
        approximate: bool = False,
    ) -> "Translator":
        """
        Between the two languages of a mapping.

        # Parameters

        mapping : `Mapping`
        source, target : `WordVectors`
            As read: the mapping is applied here.
        neighbours, approximate
            See above.
        """
        return cls(
            _mapped(source, mapping, "source"),
            _mapped(target, mapping, "target"),
            neighbours=neighbours,
            approximate=approximate,
        )

    @classmethod
    def through_pivot(
        cls,
        source: WordVectors,
        source_mapping: Optional[Mapping],
        target: WordVectors,
        target_mapping: Optional[Mapping],
        *,
        neighbours: int = 10,
        approximate: bool = False,
    ) -> "Translator":
        """
        Between two of the languages that were mapped into the space of one and the same pivot.

        # Parameters

        source, target : `WordVectors`
            As read.
        source_mapping, target_mapping : `Mapping`, optional
            The mapping that was learned with that language's vectors as its source and the pivot's
            as its target. `None` for the pivot itself.
        neighbours, approximate
            See above.

        # Raises

        `ConfigurationError`
            If there is no mapping at all, or the two do not lead into one space.
        """
        mappings = [mapping for mapping in (source_mapping, target_mapping) if mapping is not None]
        if not mappings:
            raise ConfigurationError(
                "Both languages are said to be the pivot. Give the mapping of the other one."
            )
        if len(mappings) == 2:
            _check_same_pivot(*mappings)
        spaces = [
            # The pivot is the target of every mapping, so any of them tells how to treat it.
            _mapped(vectors, mappings[0], "target")
            if mapping is None
            else _mapped(vectors, mapping, "source")
            for vectors, mapping in ((source, source_mapping), (target, target_mapping))
        ]
        return cls(spaces[0], spaces[1], neighbours=neighbours, approximate=approximate)

    def words(self, language: str = "source") -> List[str]:
        """The words that have a vector, in the order of the rows of `space`."""
        other_language(language)  # checks it
        return self._words[language]

    def row(self, word: str, language: str = "source") -> Optional[int]:
        """
        The row in `space` of a word or, if it is unknown as written, of its lower case; `None` if
        that is unknown too.
        """
        other_language(language)  # checks it
        index = self._index[language]
        form = known_form(word, index)
        return None if form is None else index[form]

    def translate(
        self,
        words: Sequence[str],
        *,
        language: str = "source",
        k: int = 5,
        method: str = "csls",
    ) -> List[List[Translation]]:
        """
        # Parameters

        words : `Sequence[str]`
            A word that is unknown as written is looked up in lower case.
        language : `str`, optional (default = `"source"`)
            The language of the words: `"source"` or `"target"`.
        k : `int`, optional (default = `5`)
            How many translations of a word are wanted.
        method : `str`, optional (default = `"csls"`)
            Or `"nn"`: nearest by cosine.

        # Returns

        `List[List[Translation]]`
            Of each word, best first; nothing for an unknown word.

        # Raises

        `ConfigurationError`
            If the language or the method is unknown, or k less than 1.
        """
        rows = [self.row(word, language) for word in words]
        # shape: (q,)
        known = np.array([row for row in rows if row is not None], dtype=np.int64)
        # shapes: (q, k)
        values, found = self.space.nearest(known, language, k=k, method=method)
        other_words = self._words[other_language(language)]
        answers = iter(
            [
                [Translation(other_words[row], value) for row, value in zip(rows_of_word, values)]
                for rows_of_word, values in zip(found.tolist(), values.tolist())
            ]
        )
        return [[] if row is None else next(answers) for row in rows]


def _mapped(vectors: WordVectors, mapping: Mapping, language: str) -> WordVectors:
    return replace(vectors, matrix=mapping.apply(vectors.matrix, language))


def _check_same_pivot(left: Mapping, right: Mapping) -> None:
    if left.dim != right.dim:
        raise ConfigurationError(
            f"The mappings are for vectors of {left.dim} and of {right.dim} dimensions: they do "
            "not lead into the space of one pivot."
        )
    # Whatever steps they consist of: they must do the same to the pivot's words.
    # shape: (d, d)
    probes = np.eye(left.dim, dtype=np.float32)
    difference = np.abs(left.apply(probes, "target") - right.apply(probes, "target")).max()
    if difference > _TOLERANCE:
        raise ConfigurationError(
            "The two mappings do not lead into the space of one pivot: they treat the pivot's "
            "vectors differently. Learn both with the pivot as the target, "
            'direction "source_to_target", the same `normalize` and `max_words`, and no '
            "`reweighting`, as `xner-map pivot` does."
        )
