"""
Named settings of the mapper: which of its options differ from the paper's, and why.

    paper            the paper's procedure: MUSE's adversarial training and refinement
    cpu              no word pair, no GAN: optimal transport, a minute of one core
    robust           the same with twice the starts, slower growth and re-weighting: for hard pairs
    supervised       a seed dictionary, and re-weighting
    semi_supervised  words written alike in both languages, refinement and re-weighting
    multilingual_encoder  words that a pretrained encoder finds alike: for far languages
    toy              the paper's procedure in seconds, for a vocabulary of a thousand words
"""

import copy
from typing import Any, Dict

# Words beyond the first 20,000 are translated worse than they help; the cost is quadratic.
_SMALL_VOCABULARY: Dict[str, Any] = {
    "normalize": ["renorm", "center", "renorm"],
    "vocabulary": 20_000,
}
_MUTUAL: Dict[str, Any] = {"build": "S2T&T2S", "max_rank": None}

# The power is that of Artetxe et al. (2018). Whitening less than wholly is better for noisy vectors
# (docs/mapping.md), and the more so the fewer pairs there are, as in a user's dictionary.
_REWEIGHTED: Dict[str, Any] = {"reweighting": 0.5, "whitening": 0.8}

PRESETS: Dict[str, Dict[str, Any]] = {
    "paper": {},
    "cpu": {
        **_SMALL_VOCABULARY,
        "start": {"type": "transport", "restarts": 16},
        "refinement": {
            **_MUTUAL,
            "iterations": 3,
            "growth_from": 2_500,
            "growth_iterations": 3,
            "power": 0.25,
        },
    },
    "robust": {
        **_SMALL_VOCABULARY,
        "start": {"type": "transport", "restarts": 32},
        "refinement": {
            **_MUTUAL,
            "growth_from": 2_500,
            "growth_keep": 0.4,
            "power": 0.25,
        },
        **_REWEIGHTED,
    },
    "supervised": {
        **_SMALL_VOCABULARY,
        "start": {"type": "dictionary"},
        "refinement": {**_MUTUAL, "iterations": 0},
        **_REWEIGHTED,
        "whitening": 0.6,
    },
    "semi_supervised": {
        **_SMALL_VOCABULARY,
        "start": {"type": "identical_strings"},
        "refinement": {**_MUTUAL, "power": 0.25},
        **_REWEIGHTED,
    },
    # As `supervised`, and then refined, since many of the pairs are wrong; more iterations than
    # three give no more (docs/mapping.md).
    "multilingual_encoder": {
        **_SMALL_VOCABULARY,
        "start": {"type": "multilingual_encoder"},
        "refinement": {**_MUTUAL, "iterations": 3},
        **_REWEIGHTED,
        "whitening": 0.6,
    },
    # A thousand words call for a small discriminator, which could otherwise learn them by heart,
    # and for few steps of a mapping that moves fast (mapping_lr) and is held to the orthogonal
    # matrices in proportion (beta). Their criterion is too noisy to slow down whenever it falls
    # (lr_shrink).
    "toy": {
        "start": {
            "type": "adversarial",
            "words_per_epoch": 16_000,
            "hidden_dim": 100,
            "mapping_lr": 1.0,
            "lr_shrink": 1.0,
            "beta": 0.02,
        },
        "refinement": {"iterations": 10},
    },
}


def with_preset(preset: Dict[str, Any], given: Dict[str, Any]) -> Dict[str, Any]:
    """
    The options of a preset with the given ones in their place. Of a group (`start`, `refinement`)
    only the parameters given are replaced, unless it is a start of another type.
    """
    options = copy.deepcopy(preset)  # `Params` empties what it is given
    for name, value in given.items():
        before = options.get(name)
        if isinstance(before, dict) and isinstance(value, str):
            value = {"type": value}
        if isinstance(before, dict) and isinstance(value, dict):
            same_type = value.get("type", before.get("type")) == before.get("type")
            value = {**before, **value} if same_type else value
        options[name] = copy.deepcopy(value)
    return options
