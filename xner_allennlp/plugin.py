"""
Registers everything with AllenNLP: importing this module is what makes the names in config files
(`conll_ner`, `cross_lingual_crf_tagger`, ...) known to it, and puts the stand-ins in place.

AllenNLP imports a plugin plainly, not recursively, so everything is imported here.
"""

import warnings

with warnings.catch_warnings():
    # AllenNLP imports torchvision, which misses a part that nothing here uses.
    warnings.filterwarnings("ignore", "Failed to load image Python extension")
    from xner_allennlp import (  # noqa: F401
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
        pretrained,
        spans,
        tagger,
        text,
        training,
        vectors,
    )
    from xner_allennlp.console import data as console_data  # noqa: F401
    from xner_allennlp.console import map as console_map  # noqa: F401
    from xner_allennlp.console import tagger as console_tagger  # noqa: F401
    from xner_allennlp.modules import mapped_embedding, pretrained_encoder, shared_char_lstm  # noqa: F401
    from xner_allennlp.modules.encoders import lstm_encoders  # noqa: F401
    from xner_allennlp.tagger import archived, conversion, spacy_component  # noqa: F401
from xner_allennlp.common import stand_ins

stand_ins.install()
