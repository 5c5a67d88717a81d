"""Scoring a trained tagger on labelled files, and the model selections of a run."""

from xner_allennlp.evaluation.labelled_set import Evaluation, LabelledSet
from xner_allennlp.evaluation.selections import Selection, selections_of_run

__all__ = [
    "Evaluation",
    "LabelledSet",
    "Selection",
    "selections_of_run",
]
