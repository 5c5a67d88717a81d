"""
Registers everything with AllenNLP: importing this module is what makes the names in config files
(`conll_ner`, `cross_lingual_crf_tagger`, ...) known to it, and puts the stand-ins in place.

AllenNLP imports a plugin plainly, not recursively, so all parts are imported here but the programs
of `console` and what only they use.
"""

from xner_allennlp.common.torchvision import without_torchvisions_warning

with without_torchvisions_warning():
    from xner_allennlp import (  # noqa: F401
        commands,
        common,
        corpora,
        data,
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
    from xner_allennlp.modules import mapped_embedding, pretrained_encoder, shared_char_lstm  # noqa: F401
    from xner_allennlp.modules.encoders import lstm_encoders  # noqa: F401
    from xner_allennlp.tagger import archived, conversion, spacy_component  # noqa: F401
from xner_allennlp.common import stand_ins

stand_ins.install()
