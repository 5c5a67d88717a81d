"""The two-path tagger."""

from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger

__all__ = ["CrossLingualCrfTagger"]
