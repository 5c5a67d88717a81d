"""
xner_allennlp: zero-resource cross-lingual named entity recognition (Bari, Joty and Jwalapuram,
AAAI 2020) as an AllenNLP plugin.

AllenNLP imports a plugin plainly, not recursively; importing everything here is what makes the
names in config files (`conll_ner`, `cross_lingual_crf_tagger`, ...) known to it.
"""

import warnings

with warnings.catch_warnings():
    # AllenNLP imports torchvision, which misses a part that nothing here uses.
    warnings.filterwarnings("ignore", "Failed to load image Python extension")
    from xner_allennlp import (
        commands,
        common,
        console,
        corpora,
        data,
        learning,
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
