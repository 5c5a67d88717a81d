"""Unpacks a model archive that may come from anybody, and refuses what no archive needs."""

import gzip
import json
import logging
import os
import shutil
import tarfile
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Iterator, Optional, Union, cast

from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import CONFIG_NAME, get_weights_path

from xner_allennlp.common.archives.weights import refuse_all_but_tensors

logger = logging.getLogger(__name__)

# Weights hardly shrink and text shrinks to a third; only a bomb, or a model of zeros, grows more.
_LARGEST_GROWTH = 100
_ALWAYS_ALLOWED = 64 * 2**20
_MOST_MEMBERS = 10_000


@contextmanager
def extracted_archive(
    resolved_archive_file: Union[str, "os.PathLike[str]"], cleanup: bool = True
) -> Iterator[str]:
    """
    Unpacks an archive into a new temporary folder and yields the folder, as AllenNLP's function of
    this name, which extracts whatever the archive says.

    An archive is a `.tar.gz` of files and folders. Anything else is refused before it is written:
    absolute names, names with `..`, links, devices, pipes, sparse files, a name that comes twice
    with different contents, more than 10,000 members, and more than 64 MiB plus 100 times the
    archive's size when unpacked. `tarfile.data_filter` would not do: early releases of Python 3.10
    and 3.11 lack it, and it lets links in, through which it was itself escaped (CVE-2025-4517).

    AllenNLP's own archives may have a member twice, or as a hard link to an earlier one
    (`include_in_archive`). The second must equal the first; the link becomes a copy.

    `config.json` must be plain JSON, since AllenNLP evaluates it as jsonnet, which may read any
    file and environment variable; the weights may hold tensors only (`archives/weights.py`).

    # Parameters

    resolved_archive_file : a local file.
    cleanup : whether the folder is removed at the end; after an error it always is. `load_archive`
        keeps it, and needs a `config.json`; AllenNLP's `pretrained` initializer does not.

    # Raises

    `ConfigurationError`, which names the archive and the member, if the file is no whole archive or
    has a member that is refused. `OSError` if it cannot be read, or the folder cannot be written.
    """
    folder = tempfile.mkdtemp()
    try:
        logger.info("extracting archive file %s to temp dir %s", resolved_archive_file, folder)
        _unpack(Path(resolved_archive_file), Path(folder))
        _check(Path(resolved_archive_file), Path(folder), needs_config=not cleanup)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        yield folder
    finally:
        if cleanup:
            logger.info("removing temporary unarchived model dir at %s", folder)
            shutil.rmtree(folder, ignore_errors=True)


def _unpack(archive_file: Path, folder: Path) -> None:
    try:
        with gzip.open(archive_file, "rb") as unzipped:
            bounded = _BoundedReader(unzipped, archive_file)
            # As a stream: nothing is read twice, and a header cannot ask for more than the bound.
            with tarfile.open(fileobj=bounded, mode="r|") as archive:  # type: ignore[call-overload]
                for count, member in enumerate(archive, start=1):
                    if count > _MOST_MEMBERS:
                        raise _refusal(archive_file, f"it has more than {_MOST_MEMBERS:,} members")
                    _extract(archive, member, bounded, folder)
            while bounded.read(2**20):  # to the end, where gzip has its checksum
                pass
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile) as error:
        raise ConfigurationError(
            f"{archive_file} is not a whole model archive (.tar.gz): {error}. Copy it anew, or "
            "make it anew from its run folder."
        ) from error
    except OSError as error:
        if error.filename is None and error.strerror:
            error.filename = f"{folder} (unpacking {archive_file}; TMPDIR chooses another folder)"
        raise


def _extract(
    archive: tarfile.TarFile, member: tarfile.TarInfo, bounded: "_BoundedReader", folder: Path
) -> None:
    archive_file = bounded.archive_file
    shown = f"its member {member.name!r}"
    if _leaves_folder(member.name):
        raise _refusal(archive_file, f"{shown} would leave the folder")
    target = folder / member.name
    linked = _linked_file(member, folder)
    if (member.issym() or member.islnk()) and linked is None:
        raise _refusal(archive_file, f"{shown} is a link, to {member.linkname!r}")
    if not (member.isdir() or member.isreg() or linked) or member.issparse():
        raise _refusal(archive_file, f"{shown} is neither a file nor a folder")
    if any(path.is_file() for path in target.parents):
        raise _refusal(archive_file, f"{shown} comes twice, as a file and a folder")
    if member.isdir() != target.is_dir() and target.exists():
        raise _refusal(archive_file, f"{shown} comes twice, as a file and a folder")
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    if linked:
        bounded.count(linked.stat().st_size)
    content = open(linked, "rb") if linked else cast(IO[bytes], archive.extractfile(member))
    with content:
        if target.exists():
            if not _has_content(target, content):
                raise _refusal(archive_file, f"{shown} comes twice, with different contents")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as file:
            shutil.copyfileobj(content, file)


def _leaves_folder(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\0" in name


def _linked_file(member: tarfile.TarInfo, folder: Path) -> Optional[Path]:
    """The file that was extracted before and that a hard link is to, if so."""
    if not member.islnk() or _leaves_folder(member.linkname):
        return None
    # Nothing in the folder is a link itself.
    linked = folder / member.linkname
    return linked if linked.is_file() else None


def _has_content(path: Path, content: IO[bytes]) -> bool:
    with open(path, "rb") as file:
        while True:
            expected = file.read(2**20)
            if content.read(2**20) != expected:
                return False
            if not expected:
                return True


def _check(archive_file: Path, folder: Path, needs_config: bool) -> None:
    config_file = folder / CONFIG_NAME
    if config_file.exists():
        _check_config(config_file, archive_file)
    elif needs_config:
        raise _lacks(archive_file, CONFIG_NAME)
    weights = Path(get_weights_path(folder))
    if not weights.is_file():
        raise _lacks(archive_file, "weights.th")
    refuse_all_but_tensors(weights, archive_file)


def _check_config(config_file: Path, archive_file: Path) -> None:
    try:
        json.loads(config_file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _refusal(archive_file, f"its {CONFIG_NAME} is not plain JSON ({error})") from error


def _lacks(archive_file: Path, missing: str) -> ConfigurationError:
    return ConfigurationError(f"{archive_file} is no model archive: it holds no {missing}")


def _refusal(archive_file: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{archive_file} is refused, because {reason}. Few archives that AllenNLP makes look so; "
        "if you trust this one, unpack it yourself and give the folder instead."
    )


class _BoundedReader:
    """Reads on from a file, up to a bound on the bytes of the unpacked archive."""

    def __init__(self, file: gzip.GzipFile, archive_file: Path) -> None:
        self._file = file
        self.archive_file = archive_file
        self._left = _ALWAYS_ALLOWED + _LARGEST_GROWTH * archive_file.stat().st_size

    def read(self, size: int) -> bytes:
        chunk = self._file.read(size)
        self.count(len(chunk))
        return chunk

    def count(self, size: int) -> None:
        """Counts bytes that are written without being read, too."""
        self._left -= size
        if self._left < 0:
            raise _refusal(
                self.archive_file, f"it grows to more than {_LARGEST_GROWTH} times its size"
            )
