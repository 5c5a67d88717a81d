"""
Model archives of this package's tagger: they are made whole and without private paths, and are
unpacked with care, since they may come from anybody.
"""

from xner_allennlp.common.archives.making import archive_model
from xner_allennlp.common.archives.unpacking import extracted_archive

__all__ = ["archive_model", "extracted_archive"]
