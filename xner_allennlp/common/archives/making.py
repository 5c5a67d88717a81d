"""Makes a model archive that is whole or not there, and names nothing of the machine."""

import glob
import gzip
import io
import json
import logging
import os
import posixpath
import tarfile
from os import PathLike
from typing import Any, BinaryIO, Iterable, List, Optional, Set, Union

from allennlp.common.meta import META_NAME
from allennlp.models.archival import _WEIGHTS_NAME, CONFIG_NAME
from allennlp.models.model import _DEFAULT_WEIGHTS

from xner_allennlp.common.archives.card import card_of_run
from xner_allennlp.common.archives.private_paths import lost_paths, without_private_paths
from xner_allennlp.common.card_file import CARD_NAME
from xner_allennlp.common.whole_file import whole_file, whole_text_file

logger = logging.getLogger(__name__)

ARCHIVE_NAME = "model.tar.gz"
# Weights hardly shrink, however long one tries.
_COMPRESSION = 6


def archive_model(
    serialization_dir: Union[str, "PathLike[str]"],
    weights: str = _DEFAULT_WEIGHTS,
    archive_path: Optional[Union[str, "PathLike[str]"]] = None,
    include_in_archive: Optional[List[str]] = None,
) -> str:
    """
    Makes an archive of a run's weights, config and vocabulary, with the signature of AllenNLP's
    function of this name.

    Neither the user's name, nor times, nor absolute paths get into the archive. Its `config.json`
    is that of the run, changed by
    [`without_private_paths`](./private_paths.md#without_private_paths); the run folder's own stays
    as it is. The same run gives the same bytes again. The archive has a [card](./card.md), as has
    the run's folder once its best weights are archived.

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
        files they lead to. Left out are the members that the archive already has, the run's
        `config.json` under any name, the archive itself, and, with a warning, files outside the
        folder: no archive with such members can be loaded.

    # Returns

    The archive's path.

    # Raises

    `RuntimeError` if the weights or the config are not there, and what
    [`whole_file`](../whole_file.md#whole_file) raises.
    """
    serialization_dir = os.fspath(serialization_dir)
    weights_file = os.path.join(serialization_dir, weights)  # an absolute path stays as it is
    config_file = os.path.join(serialization_dir, CONFIG_NAME)
    for name, path in (("weights", weights_file), ("config", config_file)):
        if not os.path.exists(path):
            message = f"{name} file '{path}' does not exist, unable to archive model"
            logger.error(message)
            raise RuntimeError(message)
    archive_file = path_of_archive(archive_path or serialization_dir)
    card = card_of_run(serialization_dir, os.path.basename(weights_file))
    logger.info("archiving weights and vocabulary to %s", archive_file)
    with whole_file(archive_file) as stream:
        patterns = include_in_archive or []
        _write(stream, serialization_dir, weights_file, archive_file, card, patterns)
    if weights == _DEFAULT_WEIGHTS:
        with whole_text_file(os.path.join(serialization_dir, CARD_NAME)) as text:
            text.write(card)
    return archive_file


def path_of_archive(path: Union[str, "PathLike[str]"]) -> str:
    """Where an archive is that is named by its own path or by that of its folder."""
    return os.fspath(os.path.join(path, ARCHIVE_NAME) if os.path.isdir(path) else path)


def _write(
    stream: BinaryIO,
    folder: str,
    weights_file: str,
    archive_file: str,
    card: str,
    patterns: List[str],
) -> None:
    config_file = os.path.join(folder, CONFIG_NAME)
    with open(config_file, encoding="utf-8") as file:
        config: Any = json.load(file)
    _warn_of_lost_paths(config, archive_file)
    only_once = _MemberFilter(folder, never=(config_file, archive_file, stream.name))
    # No name and no time in gzip's header.
    with (
        gzip.GzipFile(
            filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=stream, mtime=0
        ) as compressed,
        # Links of both kinds are followed: an archive holds none.
        tarfile.open(fileobj=compressed, mode="w", dereference=True) as archive,
    ):
        public_config = json.dumps(without_private_paths(config), indent=4)
        for name, content in ((CONFIG_NAME, public_config.encode()), (CARD_NAME, card.encode())):
            member = _without_owner(tarfile.TarInfo(name))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
            only_once.add(name)
        archive.add(weights_file, _WEIGHTS_NAME, filter=_without_owner)
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
                name = os.path.relpath(path, folder)
                if name.startswith(os.pardir):
                    logger.warning("%s is outside the run's folder: not in the archive", path)
                else:
                    archive.add(path, name, filter=only_once)


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


class _MemberFilter:
    """
    For `TarFile.add(..., filter=...)`: adds each name once, without its owner and time.

    # Parameters

    folder : `str`
        The folder that the members' names are relative to.
    never : `Iterable[str]`
        Files that are not added, under any name.
    """

    def __init__(self, folder: str, never: Iterable[str]) -> None:
        self._folder = folder
        self._never = list(never)
        self._names: Set[str] = set()

    def add(self, name: str) -> None:
        """Notes a name whose file is in the archive already."""
        self._names.add(posixpath.normpath(name))

    def __call__(self, member: tarfile.TarInfo) -> Optional[tarfile.TarInfo]:
        member.name = posixpath.normpath(member.name)
        if member.name in self._names or self._is_forbidden(member.name):
            return None
        self._names.add(member.name)
        return _without_owner(member)

    def _is_forbidden(self, name: str) -> bool:
        path = os.path.join(self._folder, name)
        return os.path.exists(path) and any(
            os.path.exists(other) and os.path.samefile(path, other) for other in self._never
        )


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without user, group, time and umask."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
