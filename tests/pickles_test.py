"""A pickle may run any program: no loader of this package runs one, wherever it is hidden."""

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import Checkpoint, Mapping
from xner_allennlp.vectors import read_word_vectors


class Malicious:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """What a pickle makes that is loaded after all."""
    return tmp_path / "a program has run"


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # which pickles what is no number
    return stream.getvalue()


def renamed(data: bytes) -> bytes:
    """A zip file whose members are bare pickles, as numpy takes them without asking their kind."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).partition(b"\n")[2] or old.read(name))
    return stream.getvalue()


def torch_file(content: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def arrays_of_a_mapping(path: Path) -> Dict[str, np.ndarray]:
    Mapping(W=np.eye(2), direction="source_to_target").save(path)
    with np.load(path) as content:
        return {name: content[name] for name in content.files}


def files(what: str, trap: Path, folder: Path) -> Dict[str, bytes]:
    """Name -> file, each right but for one pickle in it."""
    malicious = Malicious(trap)
    pickled = np.array([malicious], dtype=object)
    found = {"bare": pickle.dumps(malicious), "torch": torch_file({"W": malicious})}
    words, matrix = np.array(["a"]), np.ones((1, 2), np.float32)
    if what == "vectors":
        found["words"] = npz(words=pickled, matrix=matrix)
        found["matrix"] = npz(words=words, matrix=pickled)
        found["npy"] = npy(pickled)
        return {
            **found,
            **{f"renamed {name}": renamed(found[name]) for name in ("words", "matrix")},
        }
    right = arrays_of_a_mapping(folder / "right.npz")
    if what == "checkpoint":
        right = {"__json__": np.array("{}"), "W": np.eye(2)}
    for name in right:
        found[name] = npz(**{**right, name: pickled})
        found[f"renamed {name}"] = renamed(found[name])
    found["another array"] = npz(**right, more=pickled)
    found["npy"] = npy(pickled)
    return found


LOADERS: Dict[str, Callable[[Path], Any]] = {
    "vectors": read_word_vectors,
    "mapping": Mapping.load,
    "checkpoint": lambda path: Checkpoint(path.parent).load("part"),
}


@pytest.mark.parametrize("what", LOADERS)
def test_no_loader_runs_a_pickle(what: str, trap: Path, tmp_path: Path) -> None:
    (tmp_path / "part.state.words.txt").write_text("a\n")
    for name, data in files(what, trap, tmp_path).items():
        path = tmp_path / "part.state.npz"
        path.write_bytes(data)
        with pytest.raises(ConfigurationError) as error:
            LOADERS[what](path)
        assert str(path) in str(error.value), name
        assert not trap.exists(), name


def test_the_trap_would_be_sprung(trap: Path, tmp_path: Path) -> None:
    """Or the test above proves nothing."""
    path = tmp_path / "matrix.npz"
    path.write_bytes(files("vectors", trap, tmp_path)["matrix"])
    np.load(path, allow_pickle=True)["matrix"]
    assert trap.exists()
