"""
Named presets: which options differ from the paper's (`MapperOptions`), and why.

    paper            the paper's procedure: MUSE's adversarial training and refinement
    cpu              no word pair, no GAN: optimal transport, a minute of one core
    robust           the same with twice the starts, slower growth and re-weighting: for hard pairs
    supervised       a seed dictionary, and re-weighting
    semi_supervised  words written alike in both languages, refinement and re-weighting
"""

from typing import Any, Dict

_NORMALIZE = ["renorm", "center", "renorm"]

# Words beyond the first 20,000 are translated worse than they help; the cost is quadratic.
_SMALL_VOCABULARY: Dict[str, Any] = {
    "normalize": _NORMALIZE,
    "vocabulary": 20_000,
    "max_rank": None,
    "dictionary_build": "S2T&T2S",
}

# The power is that of Artetxe et al. (2018). Whitening less than wholly is better for noisy vectors
# (docs/mapping.md), and the more so the fewer pairs there are, as in a user's dictionary.
_REWEIGHTED: Dict[str, Any] = {"reweighting": 0.5, "whitening": 0.8}

PRESETS: Dict[str, Dict[str, Any]] = {
    "paper": {},
    "cpu": {
        **_SMALL_VOCABULARY,
        "initialization": "transport",
        "transport_starts": 16,
        "growth_from": 2_500,
        "growth_refinements": 3,
        "refinement_power": 0.25,
        "refinements": 3,
    },
    "robust": {
        **_SMALL_VOCABULARY,
        "initialization": "transport",
        "transport_starts": 32,
        "growth_from": 2_500,
        "growth_refinements": 5,
        "growth_keep": 0.4,
        "refinement_power": 0.25,
        "refinements": 5,
        **_REWEIGHTED,
    },
    "supervised": {
        **_SMALL_VOCABULARY,
        "initialization": "dictionary",
        "refinements": 0,
        **_REWEIGHTED,
        "whitening": 0.6,
    },
    "semi_supervised": {
        **_SMALL_VOCABULARY,
        "initialization": "identical_strings",
        "refinement_power": 0.25,
        **_REWEIGHTED,
    },
}
