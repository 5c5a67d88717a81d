"""Token indexers."""

from xner_allennlp.indexers.single_id_case_fallback import SingleIdCaseFallbackIndexer

__all__ = [
    "SingleIdCaseFallbackIndexer",
]
