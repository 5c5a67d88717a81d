"""
xner_allennlp: zero-resource cross-lingual named entity recognition (Bari, Joty and Jwalapuram,
AAAI 2020) as an AllenNLP plugin.

AllenNLP imports a plugin plainly, not recursively; importing everything here is what makes the
names in config files (`conll_ner`, `cross_lingual_crf_tagger`, ...) known to it.
"""

from xner_allennlp import (
    archives,
    batches,
    callbacks,
    checkpoints,
    commands,
    console,
    corpora,
    crf,
    embedders,
    encoders,
    evaluation,
    files,
    indexers,
    mapping,
    metrics,
    models,
    predictors,
    readers,
    reports,
    schedulers,
    settings,
    spans,
    vectors,
)
from xner_allennlp.version import VERSION

__version__ = VERSION

__all__ = [
    "VERSION",
    "archives",
    "batches",
    "callbacks",
    "checkpoints",
    "commands",
    "console",
    "crf",
    "embedders",
    "encoders",
    "evaluation",
    "files",
    "indexers",
    "mapping",
    "metrics",
    "models",
    "predictors",
    "readers",
    "schedulers",
    "settings",
    "spans",
    "vectors",
]
