"""
What a user may set from outside, each an environment variable: most are read by the config files in
`training_configs/`. Jsonnet has no default for a missing variable, so
[`Params.from_file`](./stand_ins.md) passes the defaults when a config is read; the environment
itself stays as it is. A misspelt setting would have no effect, so it is warned of.
"""

import logging
import os
from typing import Dict, Iterator, Mapping

from xner_allennlp.common.misspelling import meant_by

logger = logging.getLogger(__name__)

PREFIX = "XNER_"

DEFAULTS = {
    # How long to train: "fixtures" (a minute), "small" (a CPU, an hour), "paper".
    "XNER_PRESET": "fixtures",
    # Folder with ner/<language>/<language>.{train,testa,testb} and vectors/<language>.vec.gz;
    # empty: the toy world in fixtures/toy.
    "XNER_DATA": "",
    # Where to compute: "cpu" (or "-1"), "cuda" (the first GPU), or the number of a GPU, e.g. "1" or
    # "cuda:1".
    "XNER_DEVICE": "cpu",
    # mapping.npz to use, of several source languages the folder of `xner-map pivot`; empty: that of
    # the toy world, or runs/mapping_<pair>/mapping.npz.
    "XNER_MAPPING": "",
    # Archive of the base system that Cross-Augmented starts from; empty: pre-train in the same run.
    "XNER_SOURCE_ARCHIVE": "",
    # Archives of the teachers of the distilled systems, parted by commas.
    "XNER_TEACHERS": "",
    # Base system of Cross-Augmented: "cross_word_no_char", "cross_word", "cross_shared" (as the
    # pair's config of that name has it), "cross_shared_char" or "cross_shared_no_char"; empty: the
    # paper's for the pair.
    "XNER_BASE": "",
    # Pretrained encoder of `transformer`, `transformer_frozen` and those built on them: its folder,
    # or its name on the Hugging Face hub; empty: the toy world's.
    "XNER_ENCODER": "",
    # If not empty: the target's training file has gold tags, with which the pseudo-labels of each
    # round are scored, for analysis only (pseudo_labels.jsonl).
    "XNER_GOLD": "",
    # Language pair, e.g. "en_nl", or "en+es_nl" with several source languages
    # (training_configs/pairs.libsonnet); may be empty on the toy world.
    "XNER_PAIR": "",
    # Weights kept of a training run: "dev" (best on the source dev set, and beside it the best on
    # the target's), "label_free" (also the best on the source dev set translated word by word, for
    # systems with mapped word vectors), "all" (also the best on the target test set, evaluated at
    # each validation: the third selection of the paper's Table 4, for analysis only).
    "XNER_SELECTIONS": "dev",
    "XNER_SEED": "13370",
    # Which archives and configs are checked as docs/reliability.md says: "ours" (those of a
    # cross_lingual_crf_tagger), or "all" (those of every model, also of other packages).
    "XNER_STRICT": "ours",
}


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """The warning about each variable that looks like a setting but is not one."""
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in DEFAULTS:
            meant = meant_by(name, sorted(DEFAULTS), cutoff=0.8)
            yield f"the environment variable {name} is no setting; {meant}"


def warn_of_unknown_settings() -> None:
    """Logs the warnings about this process's environment."""
    for message in unknown_settings(os.environ):
        logger.warning(message)


def missing_settings() -> Dict[str, str]:
    """The defaults of the settings that the environment does not have."""
    return {name: value for name, value in DEFAULTS.items() if name not in os.environ}
