"""
xner_allennlp: zero-resource cross-lingual named entity recognition (Bari, Joty and Jwalapuram,
AAAI 2020) as an AllenNLP plugin.

AllenNLP imports a plugin plainly, not recursively; importing everything here is what makes the
names in config files (`conll_ner`, `cross_lingual_crf_tagger`, ...) known to it.
"""

from xner_allennlp import (
    commands,
    common,
    console,
    corpora,
    data,
    mapping,
    models,
    modules,
    predictors,
    spans,
    training,
    vectors,
)
from xner_allennlp.common import stand_ins
from xner_allennlp.version import VERSION

stand_ins.install()

__version__ = VERSION
