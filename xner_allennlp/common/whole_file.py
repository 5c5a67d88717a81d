"""
A file that has its name only when it is whole.

It is written beside its place under a temporary name, `.<name>.<32 hex digits>.tmp`, and renamed at
the end. A process that is killed meanwhile leaves what stood there before, and the temporary file,
which nobody takes for anything.
"""

import errno
import io
import os
import re
import shutil
import stat
import tempfile
import uuid
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any, BinaryIO, Dict, Iterator, Optional, TextIO, Union

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{32}\.tmp")

_LONGEST_STEM = 255 - len("..tmp") - 32 - 1

_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}

# What is the matter, and what to do.
_FULL: Dict[int, str] = {
    errno.ENOSPC: "no space is left on the disk. Make space, or choose another folder",
    errno.EDQUOT: "the quota of the disk is used up. Make space, or choose another folder",
    errno.EFBIG: "the file would be larger than allowed. Raise the limit (`ulimit -f unlimited`)",
}


class FullDiskError(OSError):
    """A file could not be written for want of space. What stood in its place is as it was."""


@contextmanager
def whole_file(path: Union[str, PathLike[str]]) -> Iterator[BinaryIO]:
    """
    A stream to write a binary file to. At the end of the `with` block it gets its name, and
    replaces what stood there; if the block raises, it is removed and nothing has changed.

    It gets the permissions that `open` would give. Links are followed. What is no regular file (a
    pipe, `/dev/stdout`) is written directly.

    # Parameters

    path : `str`

    # Raises

    `FullDiskError`
        If the disk, the quota or the limit of a file's size does not allow it.
    """
    path = os.fspath(path)
    if is_stream(path):
        # Opened anew, a file behind the standard output would be written over by what comes next.
        opened = os.dup(_STANDARD[path]) if path in _STANDARD else path
        with full_disk_told(path), open(opened, "ab") as stream:
            yield stream
        return
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{_stem(name)}.{uuid.uuid4().hex}.tmp")
    with full_disk_told(path):
        try:
            with _created(temporary, path) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):  # The first error tells more than a second.
                os.remove(temporary)
            raise


@contextmanager
def whole_text_file(path: Union[str, PathLike[str]]) -> Iterator[TextIO]:
    """The same for text: UTF-8, line feeds as they are written. See [`whole_file`](#whole_file)."""
    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


@contextmanager
def whole_path(path: Union[str, PathLike[str]]) -> Iterator[str]:
    """
    The same for code that opens a file by its path: yields the temporary path to give it. It must
    write to it, not replace it. What is no regular file gets the whole content at the end: opened
    by its path, a file behind the standard output would be emptied.
    """
    if is_stream(os.fspath(path)):
        with tempfile.NamedTemporaryFile() as written:
            yield written.name
            with whole_file(path) as stream:
                shutil.copyfileobj(written, stream)
        return
    with whole_file(path) as stream:
        yield stream.name


def save_state(state: Any, path: Union[str, PathLike[str]]) -> None:
    """
    `torch.save`, e.g. of a `state_dict`, to a file that has its name only when it is whole.

    # Raises

    `FullDiskError`
        As [`whole_file`](#whole_file).
    """
    import torch  # which takes seconds; whoever writes text does without

    with whole_file(path) as stream:
        patient = _PatientStream(stream)
        torch.save(state, patient)
        if patient.error is not None:
            raise patient.error


@contextmanager
def full_disk_told(path: Union[str, PathLike[str]]) -> Iterator[None]:
    """What a full disk raises becomes a [`FullDiskError`](#fulldiskerror) that names the file."""
    try:
        yield
    except FullDiskError:
        raise
    except Exception as error:
        number = _number_of(error)
        if number is None:
            raise
        full_disk = FullDiskError(
            f"{os.fspath(path)} was not written: {_FULL[number]}, and give the same command again "
            "(with --recover where it has that option). No file is half written."
        )
        full_disk.errno = number
        raise full_disk from error


def remove_unfinished(folder: Union[str, PathLike[str]]) -> None:
    """Removes what killed processes left of the files that they were writing in this folder."""
    if not os.path.isdir(folder):
        return
    for name in os.listdir(folder):
        if _TEMPORARY.fullmatch(name):
            with suppress(FileNotFoundError):
                os.remove(os.path.join(folder, name))


def unfinished_writes(path: Union[str, PathLike[str]]) -> int:
    """How many processes were killed, or are at work, while they wrote this file."""
    folder, name = os.path.split(os.path.realpath(path))
    matches = (_TEMPORARY.fullmatch(other) for other in os.listdir(folder))
    return sum(match is not None and match["name"] == _stem(name) for match in matches)


def is_unfinished(name: str) -> bool:
    """Whether a file of this name, without its folder, is one that is being written."""
    return _TEMPORARY.fullmatch(name) is not None


class _PatientStream:
    """Keeps the error of a write for later: torch 1.12 ends the process if one raises."""

    def __init__(self, stream: BinaryIO) -> None:
        self.error: Optional[OSError] = None
        self._stream = stream

    def write(self, data: bytes) -> int:
        if self.error is None:
            try:
                self._stream.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def flush(self) -> None:
        pass


def is_stream(path: str) -> bool:
    """What cannot be replaced: a pipe, a device, or the file that the shell sends output to."""
    if path in _STANDARD or path.startswith(("/dev/fd/", "/proc/")):
        return True
    return os.path.exists(path) and not os.path.isfile(path)


def _stem(name: str) -> str:
    """What a temporary name has of the file's: names are of 255 bytes at most."""
    return os.fsdecode(os.fsencode(name)[:_LONGEST_STEM])


def _created(temporary: str, path: str) -> BinaryIO:
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    try:
        stream = open(temporary, "xb")
    except OSError as error:
        # The name that the user knows.
        raise OSError(error.errno, error.strerror, path) from None
    with suppress(OSError):  # There is no such file yet, or its mode is not ours to copy.
        os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
    return stream


def _number_of(error: Optional[BaseException]) -> Optional[int]:
    """Which of the errors of a full disk this is, or was raised for."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return error.errno
        error = error.__cause__ or error.__context__
    return None
