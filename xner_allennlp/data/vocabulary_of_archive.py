"""The vocabulary of a trained model, for a model that starts from it."""

import os
from os import PathLike
from typing import Union

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.data import Vocabulary
from allennlp.data.vocabulary import NAMESPACE_PADDING_FILE

from xner_allennlp.common.archives import extracted_archive

_FOLDER = "vocabulary"


@Vocabulary.register("from_archive", constructor="from_archive")
class VocabularyOfArchive(Vocabulary):
    """
    The vocabulary of a model's archive, which is refused if it holds what no archive needs, and of
    which nothing is left unpacked. AllenNLP's `from_files` unpacks whatever it is given into its
    cache, and leaves it there.

    Registered as a `Vocabulary` with name "from_archive".
    """

    @classmethod
    def from_archive(cls, archive: Union[str, "PathLike[str]"]) -> "VocabularyOfArchive":
        """
        # Parameters

        archive : `str`
            `model.tar.gz`, or the folder of a finished run.

        # Raises

        `ConfigurationError`
            If there is no such archive, it is
            [refused](../common/archives/unpacking.md#extracted_archive), or has no vocabulary.
        """
        if os.path.isdir(archive):
            return cls._of_folder(os.fspath(archive), archive)
        try:
            file = cached_path(archive)
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"the vocabulary of {archive}: no such archive; train the base system first"
            ) from error
        with extracted_archive(file, cleanup=True) as folder:
            return cls._of_folder(folder, archive)

    @classmethod
    def _of_folder(cls, folder: str, archive: Union[str, "PathLike[str]"]) -> "VocabularyOfArchive":
        inner = os.path.join(folder, _FOLDER)
        if not os.path.isfile(os.path.join(inner, NAMESPACE_PADDING_FILE)):
            raise ConfigurationError(
                f"{archive} has no vocabulary (in {_FOLDER}/); give the model.tar.gz of a trained "
                "model, or its run folder"
            )
        vocabulary = cls.from_files(inner)
        assert isinstance(vocabulary, cls)
        return vocabulary
