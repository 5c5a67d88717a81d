"""
The numbers of sentences in the paper's corpora (Bari, Joty and Jwalapuram 2020, Table 1: "Training,
Test and Development splits for different datasets. We exclude document start tags").

For Dutch the table counts the files without the sentences that are glued to a -DOCSTART-.
"""

from typing import Dict, NamedTuple

from xner_allennlp.common.corpus_names import SPLITS


class PaperSize(NamedTuple):
    """The `corpus` that the paper uses, and sentences by split."""

    corpus: str
    sentences: Dict[str, int]


def _size(corpus: str, train: int, dev: int, test: int) -> PaperSize:
    return PaperSize(corpus, dict(zip(SPLITS, (train, dev, test))))


PAPER_SIZES: Dict[str, PaperSize] = {
    "en": _size("CoNLL-2003", 14041, 3250, 3453),
    "es": _size("CoNLL-2002", 8323, 1915, 1517),
    "nl": _size("CoNLL-2002", 15519, 2821, 5076),
    "de": _size("CoNLL-2003", 12152, 2867, 3005),
    "ar": _size("AQMAR, the paper's own split", 2166, 267, 254),
    "fi": _size("FiNER, the paper's own revision", 13497, 986, 3512),
}

DUTCH_WITH_GLUED_SENTENCES: Dict[str, int] = dict(zip(SPLITS, (15806, 2895, 5195)))
"""CoNLL-2002 Dutch with only the markers dropped."""
