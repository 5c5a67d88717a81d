"""Decides what of a folder becomes a member of an archive, and what is known of its file."""

import os
import posixpath
import tarfile
from typing import Iterable, Optional, Set


class MemberFilter:
    """
    For `TarFile.add(..., filter=...)`: lets every name in once, without owner and time.

    # Parameters

    folder : `str`
        The members' names are relative to it.
    never : `Iterable[str]`
        Files that must not get in, by none of their names.
    """

    def __init__(self, folder: str, never: Iterable[str]) -> None:
        self._folder = folder
        self._never = list(never)
        self._names: Set[str] = set()

    def add(self, name: str) -> None:
        """Keeps a name that is in the archive already, or has another one there."""
        self._names.add(posixpath.normpath(name))

    def __call__(self, member: tarfile.TarInfo) -> Optional[tarfile.TarInfo]:
        member.name = posixpath.normpath(member.name)
        if member.name in self._names or self._is_forbidden(member.name):
            return None
        self._names.add(member.name)
        return without_owner(member)

    def _is_forbidden(self, name: str) -> bool:
        path = os.path.join(self._folder, name)
        return os.path.exists(path) and any(
            os.path.exists(other) and os.path.samefile(path, other) for other in self._never
        )


def without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without what its file owes to the user and the machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    # Not the user's umask either; folders and programs stay what they are.
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
