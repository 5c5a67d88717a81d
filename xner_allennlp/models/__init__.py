"""The two-path tagger."""

from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger
from xner_allennlp.models.trained_tagger import TargetTagger, required_tagger, target_tagger

__all__ = ["CrossLingualCrfTagger", "TargetTagger", "required_tagger", "target_tagger"]
