"""The two-path tagger."""

from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger
from xner_allennlp.models.trained_tagger import required_tagger, target_tagger

__all__ = ["CrossLingualCrfTagger", "required_tagger", "target_tagger"]
