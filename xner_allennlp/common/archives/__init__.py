"""Model archives: ours are whole and impersonal, foreign ones are unpacked with care."""

from xner_allennlp.common.archives.class_names import resolve_class_name
from xner_allennlp.common.archives.making import archive_model
from xner_allennlp.common.archives.unpacking import extracted_archive

__all__ = [
    "archive_model",
    "extracted_archive",
    "resolve_class_name",
]
