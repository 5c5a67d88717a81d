"""Batches: the data loader that pairs source sentences with pseudo-labelled target sentences."""

from xner_allennlp.batches.cross_lingual_data_loader import (
    CrossLingualDataLoader,
    TargetBatches,
    collate,
)

__all__ = ["CrossLingualDataLoader", "TargetBatches", "collate"]
