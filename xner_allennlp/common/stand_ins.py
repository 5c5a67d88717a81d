"""
Functions of AllenNLP that this package puts its own in the place of, where AllenNLP has no hook.
AllenNLP is archived: these places stay where they are.
"""

from allennlp import models
from allennlp.commands import train
from allennlp.common import Params, Registrable
from allennlp.common import util as common_util
from allennlp.data import Vocabulary
from allennlp.models import archival
from allennlp.training import util as training_util

from xner_allennlp.common.archives.class_names import resolve_class_name
from xner_allennlp.common.archives.making import archive_model
from xner_allennlp.common.archives.unpacking import extracted_archive
from xner_allennlp.common.run_folder import (
    create_serialization_dir,
    dump_metrics,
    params_to_file,
    save_vocabulary,
)


def install() -> None:
    """Puts them there; a second call changes nothing."""
    archival.extracted_archive = extracted_archive
    # `train` has imported it by name.
    archival.archive_model = models.archive_model = train.archive_model = archive_model
    Registrable.resolve_class_name = classmethod(resolve_class_name)
    common_util.dump_metrics = dump_metrics
    training_util.create_serialization_dir = create_serialization_dir
    Params.to_file = params_to_file
    Vocabulary.save_to_files = save_vocabulary
