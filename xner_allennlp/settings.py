"""
What a user may set from outside for the config files in `training_configs/`, each an environment
variable. Jsonnet has no default for a missing one, so importing the package, which AllenNLP does
before it reads a config, fills in the defaults.
"""

import os

DEFAULTS = {
    # How long to train: "fixtures" (a minute), "small" (a CPU, an hour), "paper".
    "XNER_PRESET": "fixtures",
    # Folder with ner/<language>/<language>.{train,testa,testb} and vectors/<language>.vec.gz;
    # empty: the toy world in fixtures/toy.
    "XNER_DATA": "",
    # mapping.npz to use; empty: that of the toy world, or runs/mapping_<pair>/mapping.npz.
    "XNER_MAPPING": "",
    # Archive of the base system that Cross-Augmented starts from; empty: pre-train in the same run.
    "XNER_SOURCE_ARCHIVE": "",
    "XNER_SEED": "13370",
}

for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
