"""
How a tagger is trained: trainer callbacks, the learning rate, checkpoints, and the model selections
of a run.
"""

from xner_allennlp.training.agreement import Agreement
from xner_allennlp.training.atomic_checkpointer import AtomicCheckpointer
from xner_allennlp.training.average_weights import AverageWeights
from xner_allennlp.training.distillation import Distillation
from xner_allennlp.training.encoder_states import EncoderStates
from xner_allennlp.training.exact_recovery import ExactRecovery
from xner_allennlp.training.further_sets import FurtherSets
from xner_allennlp.training.inverse_time_decay import InverseTimeDecay
from xner_allennlp.training.keep_best import KeepBest
from xner_allennlp.training.labelled_set import Evaluation, LabelledSet
from xner_allennlp.training.linear_warmup_decay import LinearWarmupDecay
from xner_allennlp.training.memory_check import MemoryCheck
from xner_allennlp.training.pseudo_labels import PseudoLabels
from xner_allennlp.training.selections import Selection, selections_of_run
from xner_allennlp.training.source_passes import SourcePasses
from xner_allennlp.training.stop_on_divergence import DivergenceError, StopOnDivergence
from xner_allennlp.training.teachers import Teachers
from xner_allennlp.training.trainer import NamedCallbacksTrainer
from xner_allennlp.training.translated_batches import TranslatedBatches

__all__ = [
    "Agreement",
    "AtomicCheckpointer",
    "AverageWeights",
    "Distillation",
    "DivergenceError",
    "EncoderStates",
    "Evaluation",
    "ExactRecovery",
    "FurtherSets",
    "InverseTimeDecay",
    "KeepBest",
    "LabelledSet",
    "LinearWarmupDecay",
    "MemoryCheck",
    "NamedCallbacksTrainer",
    "PseudoLabels",
    "Selection",
    "SourcePasses",
    "StopOnDivergence",
    "Teachers",
    "TranslatedBatches",
    "selections_of_run",
]
