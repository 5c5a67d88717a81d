"""
What `allennlp train` writes into a run's folder and trusts later, so that a run may be killed at
any moment and `--recover` goes on.

For checkpoints AllenNLP has a hook, a registered `Checkpointer`. For the rest it has none, so
importing the package puts functions of the same names where `allennlp` looks for them. AllenNLP is
archived: these places stay where they are.
"""

from allennlp.common import Params
from allennlp.common import util as common_util
from allennlp.data import Vocabulary
from allennlp.training import util as training_util

from xner_allennlp.checkpoints.atomic_checkpointer import AtomicCheckpointer
from xner_allennlp.checkpoints.divergence import DivergenceError, check_finite, divergence
from xner_allennlp.checkpoints.run_folder import (
    create_serialization_dir,
    dump_metrics,
    params_to_file,
    save_vocabulary,
)

common_util.dump_metrics = dump_metrics
training_util.create_serialization_dir = create_serialization_dir
Params.to_file = params_to_file
Vocabulary.save_to_files = save_vocabulary

__all__ = ["AtomicCheckpointer", "DivergenceError", "check_finite", "divergence"]
