"""Whether every file of a folder is what its name promises."""

import gzip
import json
import tarfile
from pathlib import Path
from typing import Callable, Dict

import numpy as np
import torch


def _numpy(path: Path) -> None:
    with np.load(path, allow_pickle=False) as content:
        for name in content.files:
            content[name]


def _lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # The journal of pseudo-labels is appended to; a line without an end is dropped at recovery.
    lines = text.split("\n")[:-1] if path.name == "pseudo_labels.jsonl" else text.splitlines()
    for line in lines:
        json.loads(line)


def _archive(path: Path) -> None:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                file = archive.extractfile(member)
                assert file is not None and len(file.read()) == member.size


_CHECKS: Dict[str, Callable[[Path], object]] = {
    ".tar.gz": _archive,
    ".gz": lambda path: gzip.decompress(path.read_bytes()),
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    ".jsonl": _lines,
    ".npz": _numpy,
    ".th": torch.load,
}


def assert_whole(folder: Path) -> None:
    """Raises `AssertionError` unless every file with its final name can be read to its end."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.endswith(".tmp"):
            continue
        for ending, check in _CHECKS.items():
            if path.name.endswith(ending):
                try:
                    check(path)
                except Exception as error:
                    raise AssertionError(f"{path} is not whole: {error!r}") from error
                break
