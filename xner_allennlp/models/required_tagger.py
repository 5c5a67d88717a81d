"""What needs this package's tagger says so if it gets another model."""

from allennlp.common.checks import ConfigurationError
from torch.nn import Module

from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger


def required_tagger(model: Module, needed_by: str) -> CrossLingualCrfTagger:
    """`model`, which `needed_by` needs to be a `cross_lingual_crf_tagger`; raises if it is not."""
    if not isinstance(model, CrossLingualCrfTagger):
        raise ConfigurationError(
            f"{needed_by} needs the model `cross_lingual_crf_tagger`, got {type(model).__name__}"
        )
    return model
