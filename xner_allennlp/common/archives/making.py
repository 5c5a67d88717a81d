"""
Makes a model archive: whole or not at all, and without anything of the machine it was made on.
"""

import glob
import gzip
import io
import json
import logging
import os
import tarfile
from os import PathLike
from typing import Any, BinaryIO, List, Optional, Union

from allennlp.common.meta import META_NAME
from allennlp.models.archival import _WEIGHTS_NAME, CONFIG_NAME
from allennlp.models.model import _DEFAULT_WEIGHTS

from xner_allennlp.common.archives.impersonal_config import impersonal
from xner_allennlp.common.archives.lost_paths import lost_paths
from xner_allennlp.common.archives.member_filter import MemberFilter, without_owner
from xner_allennlp.common.whole_file import whole_file

logger = logging.getLogger(__name__)

_ARCHIVE_NAME = "model.tar.gz"
# Weights hardly shrink, however long one tries.
_COMPRESSION = 6


def archive_model(
    serialization_dir: Union[str, "PathLike[str]"],
    weights: str = _DEFAULT_WEIGHTS,
    archive_path: Optional[Union[str, "PathLike[str]"]] = None,
    include_in_archive: Optional[List[str]] = None,
) -> str:
    """
    Makes an archive of a run's weights, configuration and vocabulary. Stands in for the function of
    this name in `allennlp.models.archival`, which has the same signature and writes straight to
    `model.tar.gz`, so that a killed run leaves half an archive under that name.

    Neither the user's name, nor times, nor paths get into the archive. Its `config.json` is that of
    the run with every absolute path reduced to the file's name, and every URL without user,
    password and query (see [`impersonal`](./impersonal_config.md#impersonal)); the run folder's own
    stays as it is. So the same run gives the same bytes again.

    # Parameters

    serialization_dir : `str`
        The run's folder.
    weights : `str`, optional (default = `"best.th"`)
        In that folder, or an absolute path.
    archive_path : `str`, optional (default = `model.tar.gz` in that folder)
        A file, or a folder that gets a `model.tar.gz`. What stands there is replaced once the
        archive is whole.
    include_in_archive : `List[str]`, optional (default = `None`)
        Further files or patterns in the run's folder. They are taken as they are, links as the
        files they lead to. What the archive has already is left out, under whatever name
        `config.json`, and the archive itself.

    # Returns

    The archive's path.

    # Raises

    `RuntimeError` if the weights or the configuration are not there, and what
    [`whole_file`](../files/whole_file.md#whole_file) raises.
    """
    serialization_dir = os.fspath(serialization_dir)
    weights_file = os.path.join(serialization_dir, weights)  # an absolute path stays as it is
    config_file = os.path.join(serialization_dir, CONFIG_NAME)
    for name, path in (("weights", weights_file), ("config", config_file)):
        if not os.path.exists(path):
            message = f"{name} file '{path}' does not exist, unable to archive model"
            logger.error(message)
            raise RuntimeError(message)
    archive_file = os.fspath(archive_path or os.path.join(serialization_dir, _ARCHIVE_NAME))
    if os.path.isdir(archive_file):
        archive_file = os.path.join(archive_file, _ARCHIVE_NAME)

    logger.info("archiving weights and vocabulary to %s", archive_file)
    with whole_file(archive_file) as stream:
        _write(stream, serialization_dir, weights_file, archive_file, include_in_archive or [])
    return archive_file


def _write(
    stream: BinaryIO, folder: str, weights_file: str, archive_file: str, patterns: List[str]
) -> None:
    config_file = os.path.join(folder, CONFIG_NAME)
    with open(config_file, encoding="utf-8") as file:
        config: Any = json.load(file)
    _warn_of_lost_paths(config, archive_file)
    only_once = MemberFilter(folder, never=(config_file, archive_file, stream.name))
    # No name and no time in gzip's header.
    with (
        gzip.GzipFile(
            filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=stream, mtime=0
        ) as compressed,
        # Links of both kinds are followed: an archive holds none.
        tarfile.open(fileobj=compressed, mode="w", dereference=True) as archive,
    ):
        content = json.dumps(impersonal(config), indent=4).encode()
        member = without_owner(tarfile.TarInfo(CONFIG_NAME))
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
        only_once.add(CONFIG_NAME)
        archive.add(weights_file, _WEIGHTS_NAME, filter=without_owner)
        only_once.add(_WEIGHTS_NAME)
        only_once.add(os.path.relpath(weights_file, folder))
        archive.add(os.path.join(folder, "vocabulary"), "vocabulary", filter=only_once)
        meta_file = os.path.join(folder, META_NAME)
        if os.path.exists(meta_file):
            archive.add(meta_file, META_NAME, filter=only_once)
        else:
            logger.warning("meta file %s does not exist", meta_file)
        for pattern in patterns:
            for path in sorted(glob.glob(os.path.join(glob.escape(folder), pattern))):
                archive.add(path, os.path.relpath(path, folder), filter=only_once)


def _warn_of_lost_paths(config: Any, archive_file: str) -> None:
    keys = list(lost_paths(config))
    if keys:
        logger.warning(
            "%s: the archive does not hold the paths of %s. Where the model reads such a file when "
            'it is loaded, it needs an override: -o \'{"%s": "/its/path"}\'',
            archive_file,
            ", ".join(keys),
            keys[0],
        )
