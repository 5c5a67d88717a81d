"""
Model archives: ours are whole and impersonal, what comes from elsewhere is unpacked with care.

AllenNLP has no hook for this. Importing the package puts its own functions where `allennlp` looks
for them, so that every command and `load_archive` have them. AllenNLP is archived: these places
stay where they are.
"""

from allennlp import models
from allennlp.commands import train
from allennlp.common import Registrable
from allennlp.models import archival

from xner_allennlp.archives.class_names import resolve_class_name
from xner_allennlp.archives.making import archive_model
from xner_allennlp.archives.unpacking import extracted_archive

archival.extracted_archive = extracted_archive
# `train` has imported it by name.
archival.archive_model = models.archive_model = train.archive_model = archive_model
Registrable.resolve_class_name = classmethod(resolve_class_name)

__all__ = ["archive_model", "extracted_archive"]
