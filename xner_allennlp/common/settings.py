"""
What a user may set from outside for the config files in `training_configs/`, each an environment
variable. Jsonnet has no default for a missing one, so importing the package, which AllenNLP does
before it reads a config, fills in the defaults. A setting that is misspelt would have no effect, so
it is warned of.
"""

import difflib
import logging
import os
from typing import Iterator, Mapping

logger = logging.getLogger(__name__)

PREFIX = "XNER_"

DEFAULTS = {
    # How long to train: "fixtures" (a minute), "small" (a CPU, an hour), "paper".
    "XNER_PRESET": "fixtures",
    # Folder with ner/<language>/<language>.{train,testa,testb} and vectors/<language>.vec.gz;
    # empty: the toy world in fixtures/toy.
    "XNER_DATA": "",
    # Where to compute: "cpu", "cuda" (the first GPU) or the number of a GPU.
    "XNER_DEVICE": "cpu",
    # mapping.npz to use; empty: that of the toy world, or runs/mapping_<pair>/mapping.npz.
    "XNER_MAPPING": "",
    # Archive of the base system that Cross-Augmented starts from; empty: pre-train in the same run.
    "XNER_SOURCE_ARCHIVE": "",
    # Base system of Cross-Augmented: "cross_word_no_char", "cross_word", "cross_shared" (as the
    # pair's config of that name has it), "cross_shared_char" or "cross_shared_no_char"; empty: the
    # paper's for the pair.
    "XNER_BASE": "",
    # If not empty: the target's training file has gold tags, with which the pseudo-labels of each
    # round are scored, for analysis only (pseudo_labels.jsonl).
    "XNER_GOLD": "",
    # Language pair, e.g. "en_nl" (training_configs/pairs.libsonnet); may be empty on the toy world.
    "XNER_PAIR": "",
    # Weights kept of a training run: "dev" (best on the source dev set, and beside it the best on
    # the target's), "all" (also the best on the target test set, evaluated at each validation: the
    # third selection of the paper's Table 4, for analysis only).
    "XNER_SELECTIONS": "dev",
    "XNER_SEED": "13370",
}


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """What is to be said about each variable that looks like a setting and is none."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in DEFAULTS:
            alike = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=0.8)
            meant = f"is {alike[0]} meant?" if alike else f"known are {', '.join(sorted(DEFAULTS))}"
            yield f"the environment variable {name} is no setting; {meant}"


for message in unknown_settings(os.environ):
    logger.warning(message)
for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
