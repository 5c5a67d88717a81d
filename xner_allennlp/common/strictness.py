"""
Which configs and archives are checked strictly: of this package's tagger always, and of every
model where the user asks for it. AllenNLP treats all others as it does without this package.
"""

import json
import os
import posixpath
import tarfile
import zlib
from contextlib import suppress
from contextvars import ContextVar
from os import PathLike
from typing import Any, Union

from allennlp.common.checks import ConfigurationError
from allennlp.models import archival
from allennlp.models.archival import CONFIG_NAME, Archive

from xner_allennlp.common.settings import DEFAULTS

TAGGER = "cross_lingual_crf_tagger"

_CLASS_OF_TAGGER = "CrossLingualCrfTagger"
_SETTING = "XNER_STRICT"
_LARGEST_CONFIG = 64 * 2**20  # bytes
_UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, RecursionError)

_strict: ContextVar[bool] = ContextVar("strict", default=False)


def is_strict() -> bool:
    """
    Whether configs and archives of all models are checked.

    # Raises

    `ConfigurationError` if the setting `XNER_STRICT` has a value that is not known.
    """
    setting = os.environ.get(_SETTING, DEFAULTS[_SETTING])
    if setting not in ("ours", "all"):
        raise ConfigurationError(f"{_SETTING} is {setting}, known are: ours, all")
    return setting == "all" or _strict.get()


def load_strictly(archive_file: Union[str, PathLike[str]], **options: Any) -> Archive:
    """
    AllenNLP's `load_archive`, for what needs our tagger: whatever model the archive's config names,
    the archive is checked as if it were ours.
    """
    token = _strict.set(True)
    try:
        return archival.load_archive(archive_file, **options)
    finally:
        _strict.reset(token)


def is_ours(config: Any) -> bool:
    """
    Whether a config, at any depth, is of a `cross_lingual_crf_tagger`, or of a model `from_archive`
    whose archive holds one.
    """
    if isinstance(config, list):
        return any(map(is_ours, config))
    if not isinstance(config, dict):
        return False
    name = str(config.get("type"))
    if name == "from_archive" and isinstance(config.get("archive_file"), str):
        return is_archive_of_ours(config["archive_file"])
    is_tagger = name == TAGGER or name.rpartition(".")[2] == _CLASS_OF_TAGGER
    return is_tagger or any(map(is_ours, config.values()))


def is_run_of_ours(folder: Union[str, PathLike[str]]) -> bool:
    """Whether a training run's `config.json` is of our tagger; `False` if it cannot be read."""
    with suppress(*_UNREADABLE), open(os.path.join(folder, CONFIG_NAME), encoding="utf-8") as file:
        return is_ours(json.load(file))
    return False


def is_archive_of_ours(archive_file: Union[str, PathLike[str]]) -> bool:
    """
    Whether a model archive, or such a folder, is of our tagger. `False` if it cannot be read, as
    something at a URL. Of an archive no more is unpacked than up to its `config.json`, in memory.
    """
    if os.path.isdir(archive_file):
        return is_run_of_ours(archive_file)
    with suppress(*_UNREADABLE), tarfile.open(archive_file, "r|gz") as archive:
        for member in archive:
            if posixpath.normpath(member.name) == CONFIG_NAME and member.isreg():
                file = archive.extractfile(member)
                assert file is not None  # it is a regular file
                text = file.read(_LARGEST_CONFIG)
                try:
                    return is_ours(json.loads(text))
                except _UNREADABLE:
                    # No JSON, so it is spoilt, or a program in Jsonnet. Another one may follow.
                    if TAGGER.encode() in text:
                        return True
    return False
