"""
The figures of Bari, Joty and Jwalapuram, "Zero-Resource Cross-Lingual Named Entity Recognition",
AAAI 2020, as printed in its Tables 2-5 (F1 in percent). They stand here once, for all reports.
"""

from typing import Dict, List, NamedTuple

from experiments.scores import Spread

CITATION = "Bari, Joty and Jwalapuram, AAAI 2020"


class Monolingual(NamedTuple):
    """A row of Table 2; `is_ours` if it is the system that `supervised` trains."""

    language: str
    authors: str
    vectors: str
    dim: int
    f1: Spread
    is_ours: bool = False


class Rival(NamedTuple):
    """A row of Table 5, with F1 by pair, tuned on the target development set."""

    resources: str
    authors: str
    method: str
    f1: Dict[str, Spread]


# Table 2: supervised, monolingual. The authors' own GloVe row for English is no system of ours.
TABLE_2: List[Monolingual] = [
    Monolingual("English", "Lample et al. 2016", "random", 100, Spread(83.63)),
    Monolingual("English", "Lample et al. 2016", "skip-n-gram, no characters", 100, Spread(90.20)),
    Monolingual("English", "Lample et al. 2016", "skip-n-gram", 100, Spread(90.94)),
    Monolingual("English", "Bari et al. 2020", "GloVe", 200, Spread(91.05, 0.37)),
    Monolingual("English", "Bari et al. 2020", "fastText", 300, Spread(89.77, 0.19), True),
    Monolingual("Spanish", "Lample et al. 2016", "skip-n-gram", 64, Spread(85.75)),
    Monolingual("Spanish", "Xie et al. 2018", "GloVe", 300, Spread(86.26, 0.40)),
    Monolingual("Spanish", "Bari et al. 2020", "fastText", 300, Spread(84.71, 0.06), True),
    Monolingual("Dutch", "Lample et al. 2016", "skip-n-gram", 64, Spread(81.74)),
    Monolingual("Dutch", "Xie et al. 2018", "GloVe", 300, Spread(86.40, 0.17)),
    Monolingual("Dutch", "Bari et al. 2020", "fastText", 300, Spread(85.16, 0.21), True),
    Monolingual("German", "Lample et al. 2016", "skip-n-gram, no characters", 64, Spread(75.06)),
    Monolingual("German", "Lample et al. 2016", "skip-n-gram", 64, Spread(78.76)),
    Monolingual("German", "Xie et al. 2018", "GloVe", 200, Spread(78.16, 0.45)),
    Monolingual("German", "Bari et al. 2020", "fastText", 300, Spread(78.14, 0.32), True),
    Monolingual("Arabic", "Bari et al. 2020", "fastText", 300, Spread(75.49, 0.53), True),
    Monolingual("Finnish", "Bari et al. 2020", "fastText", 300, Spread(84.21, 0.13), True),
]

# Table 3: system -> pair -> selection. `{}` stands for the paper's "x": it learned nothing.
TABLE_3: Dict[str, Dict[str, Dict[str, Spread]]] = {
    "source_mono_no_char": {"en_es": {}, "en_nl": {}, "en_de": {}, "en_ar": {}, "en_fi": {}},
    "source_mono": {
        "en_es": {"target_dev": Spread(33.66, 0.90), "source_dev": Spread(26.76, 1.45)},
        "en_nl": {"target_dev": Spread(25.692, 1.75), "source_dev": Spread(20.94, 0.74)},
        "en_de": {"target_dev": Spread(12.54, 3.07), "source_dev": Spread(8.34, 1.43)},
        "en_ar": {},
        "en_fi": {"target_dev": Spread(25.05, 0.54), "source_dev": Spread(22.44, 2.23)},
    },
    "source_mono_random_no_char": {"en_es": {}, "en_nl": {}, "en_de": {}, "en_ar": {}, "en_fi": {}},
    "source_mono_random": {
        "en_es": {"target_dev": Spread(36.87, 2.46), "source_dev": Spread(32.61, 1.71)},
        "en_nl": {"target_dev": Spread(32.47, 0.92), "source_dev": Spread(24.74, 0.48)},
        "en_de": {"target_dev": Spread(14.70, 0.35), "source_dev": Spread(11.51, 0.71)},
        "en_ar": {},
        "en_fi": {"target_dev": Spread(26.05, 0.44), "source_dev": Spread(17.36, 3.34)},
    },
}


def _row(*printed: float) -> Dict[str, Spread]:
    """Mean, deviation and maximum on target dev, on source dev, and on target test."""
    selections = ("target_dev", "source_dev", "target_test")
    columns = zip(selections, printed[::3], printed[1::3], printed[2::3])
    return {name: Spread(mean, deviation, maximum) for name, mean, deviation, maximum in columns}


# Table 4: system -> pair -> selection.
TABLE_4: Dict[str, Dict[str, Dict[str, Spread]]] = {
    "cross_word_no_char": {
        "en_es": _row(68.63, 1.49, 70.62, 64.79, 1.68, 67.42, 68.90, 1.10, 70.62),
        "en_nl": _row(65.01, 0.53, 65.73, 64.28, 0.71, 65.05, 65.86, 0.29, 66.25),
        "en_de": _row(58.76, 0.70, 59.7, 57.12, 0.53, 58.15, 59.11, 0.37, 59.7),
        "en_ar": _row(29.81, 1.01, 31.18, 24.79, 0.65, 25.46, 30.74, 0.71, 31.18),
        "en_fi": _row(28.77, 1.19, 30.01, 26.55, 0.61, 27.71, 29.99, 0.36, 30.44),
    },
    "cross_word": {
        "en_es": _row(72.66, 0.39, 73.19, 70.49, 1.34, 72.82, 73.62, 0.70, 74.76),
        "en_nl": _row(70.31, 1.01, 71.5, 69.24, 1.32, 70.98, 71.22, 0.41, 71.71),
        "en_de": _row(45.20, 2.78, 48.94, 30.99, 1.08, 32.82, 46.10, 1.68, 48.94),
        "en_ar": _row(21.39, 1.85, 24.6, 11.84, 3.69, 15.36, 23.37, 1.40, 24.77),
        "en_fi": _row(47.84, 1.12, 49.53, 44.90, 1.26, 46.09, 48.15, 0.88, 49.53),
    },
    "cross_shared": {
        "en_es": _row(74.39, 0.94, 75.72, 71.97, 0.85, 72.54, 74.91, 0.81, 75.72),
        "en_nl": _row(71.02, 1.20, 72.89, 68.85, 1.87, 70.69, 71.62, 0.89, 72.89),
        "en_de": _row(58.91, 1.03, 60.35, 56.20, 1.38, 57.62, 59.52, 0.62, 60.35),
        "en_ar": _row(28.28, 1.61, 29.82, 23.32, 0.76, 24.35, 29.89, 0.49, 30.72),
        "en_fi": _row(48.04, 1.40, 49.3, 44.36, 2.52, 48.37, 49.31, 0.69, 50.13),
    },
    "cross_augmented": {
        "en_es": _row(75.93, 0.81, 77.03, 72.36, 1.17, 73.7, 76.82, 0.84, 77.81),
        "en_nl": _row(74.61, 1.24, 76.43, 69.43, 2.43, 72.03, 75.47, 1.25, 77.45),
        "en_de": _row(65.24, 0.56, 65.83, 59.45, 2.56, 62.61, 65.76, 0.41, 66.02),
        "en_ar": _row(36.91, 2.74, 40.36, 27.12, 3.00, 31.84, 38.02, 2.41, 41.63),
        "en_fi": _row(53.77, 1.54, 56.05, 45.69, 2.61, 50.67, 54.42, 1.33, 56.54),
    },
}

# Table 4's last column: system -> pair.
PARAMETERS: Dict[str, Dict[str, int]] = {
    "cross_word_no_char": {
        "en_es": 342_906,
        "en_nl": 342_906,
        "en_de": 342_906,
        "en_ar": 341_890,
        "en_fi": 342_906,
    },
    "cross_word": {
        "en_es": 395_581,
        "en_nl": 395_881,
        "en_de": 395_756,
        "en_ar": 396_215,
        "en_fi": 395_356,
    },
    "cross_shared": {
        "en_es": 210_081,
        "en_nl": 210_381,
        "en_de": 182_506,
        "en_ar": 181_490,
        "en_fi": 209_856,
    },
    "cross_augmented": {
        "en_es": 661_281,
        "en_nl": 661_581,
        "en_de": 636_356,
        "en_ar": 797_215,
        "en_fi": 661_056,
    },
}

_WITH = "with cross-lingual resources"
_WITHOUT = "without cross-lingual resources"


def _pairs(*means: float) -> Dict[str, Spread]:
    return {pair: Spread(mean) for pair, mean in zip(("en_es", "en_nl", "en_de"), means)}


# Table 5, without its last two rows, which are Table 4's (tuned on target dev).
TABLE_5: List[Rival] = [
    Rival(
        _WITH,
        "Täckström et al. 2012",
        "Wiki article induction, parallel corpus",
        _pairs(59.30, 58.40, 40.40),
    ),
    Rival(_WITH, "Nothman et al. 2013", "word cluster features", _pairs(60.55, 61.60, 48.10)),
    Rival(_WITH, "Tsai et al. 2016", "feature-based methods", _pairs(61.0, 64.00, 55.80)),
    Rival(_WITH, "Ni et al. 2017", "parallel corpus, dictionary", _pairs(65.10, 65.40, 58.50)),
    Rival(
        _WITH,
        "Mayhew et al. 2017",
        "cheap translation, multilingual",
        _pairs(65.95, 66.50, 59.11),
    ),
    Rival(
        _WITH,
        "Mayhew et al. 2017",
        "cheap translation, English only",
        _pairs(51.82, 53.94, 50.96),
    ),
    Rival(
        _WITHOUT,
        "Xie et al. 2018",
        "trained on the translated source",
        {
            "en_es": Spread(71.03, 0.44),
            "en_nl": Spread(71.25, 0.79),
            "en_de": Spread(56.90, 0.76),
        },
    ),
    Rival(_WITHOUT, "Rahimi et al. 2019", "ranking and retraining", _pairs(71.8, 67.6, 59.1)),
    Rival(
        _WITHOUT,
        "Chen et al. 2018",
        "MAN-MoE + CharCNN, multilingual, MUSE",
        _pairs(71.0, 70.9, 56.7),
    ),
    Rival(
        _WITHOUT,
        "Chen et al. 2018",
        "MAN-MoE + CharCNN, multilingual, UMWE",
        _pairs(73.5, 72.4, 56.0),
    ),
]
