"""A folder that one process at a time writes to."""

import fcntl
import os
from contextlib import contextmanager
from typing import Iterator

from allennlp.common.checks import ConfigurationError


@contextmanager
def folder_lock(folder: str, taken: str) -> Iterator[int]:
    """
    Locks a folder for as long as the context lasts, or as a process lives that was given the file
    descriptor, which this yields. On a file system without locks nothing is locked.

    # Raises

    `ConfigurationError` with the message `taken` if another process has locked it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(taken) from None
        except OSError:
            pass  # A file system without locks: two runs would waste time, but damage no part.
        yield descriptor
    finally:
        os.close(descriptor)
