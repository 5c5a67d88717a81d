"""
What an interrupted mapping needs to go on: one small file for each part of the work, replaced only
once the new one is complete. Plain arrays and JSON, no pickle.
"""

import json
from os import PathLike
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_file
from xner_allennlp.mapping.array_file import DamagedFile, load_arrays

_JSON = "__json__"
_SUFFIX = ".state.npz"


class State(NamedTuple):
    """
    values : `Dict[str, Any]`
        Whatever JSON can hold.
    arrays : `Dict[str, np.ndarray]`
    """

    values: Dict[str, Any]
    arrays: Dict[str, np.ndarray]


class Checkpoint:
    """
    # Parameters

    directory : `Union[str, PathLike]`, optional
        Where the files are. Without it nothing is saved and nothing found.
    """

    def __init__(self, directory: Optional[Union[str, PathLike[str]]] = None) -> None:
        self._directory = None if directory is None else Path(directory)

    def load(self, name: str) -> Optional[State]:
        """
        The state saved under this name, or `None`.

        # Raises

        `ConfigurationError`
            If the file is damaged.
        """
        if self._directory is None or not self._path(name).exists():
            return None
        try:
            arrays = load_arrays(self._path(name))
            values = json.loads(str(arrays.pop(_JSON)))
            if not isinstance(values, dict):
                raise ValueError(f"{_JSON} holds no JSON object")
            return State(values, arrays)
        except (DamagedFile, KeyError, OSError, RecursionError, ValueError) as error:
            raise ConfigurationError(
                f"{self._path(name)}: this checkpoint is damaged ({error}). Delete it to do this "
                "part of the work again."
            ) from error

    def save(self, name: str, values: Dict[str, Any], arrays: Dict[str, np.ndarray]) -> None:
        """Replaces the state of this name."""
        if self._directory is None:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        with whole_file(self._path(name)) as stream:
            np.savez(stream, **{_JSON: np.array(json.dumps(values)), **arrays})

    def check_same_work(self, description: Dict[str, Any]) -> None:
        """
        Notes at the first call what the work is, and compares at the next.

        # Raises

        `ConfigurationError`
            If other work was begun here: going on would mix the two.
        """
        before = self.load("work")
        description = json.loads(json.dumps(description))
        if before is None:
            self.save("work", description, {})
            return
        changed = [
            key
            for key in {**before.values, **description}
            if before.values.get(key) != description.get(key)
        ]
        if changed:
            raise ConfigurationError(
                f"{self._directory}: what was interrupted here had other settings or vectors "
                f"({', '.join(sorted(changed))}). Go on with the same ones, or use --force."
            )

    def remove(self) -> None:
        """Deletes all its files, and the directory unless others are in it: the work is done."""
        if self._directory is None or not self._directory.is_dir():
            return
        for path in self._directory.glob("*" + _SUFFIX + "*"):
            path.unlink()
        if not any(self._directory.iterdir()):
            self._directory.rmdir()

    def _path(self, name: str) -> Path:
        assert self._directory is not None
        return self._directory / (name + _SUFFIX)


NO_CHECKPOINT = Checkpoint()
