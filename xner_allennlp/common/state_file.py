from os import PathLike
from typing import Any, BinaryIO, Optional, Union

import torch

from xner_allennlp.common.whole_file import whole_file


def save_state(state: Any, path: Union[str, PathLike[str]]) -> None:
    """
    `torch.save` to a file that has its name only when it is whole.

    # Parameters

    state : `Any`
        E.g. a `state_dict`.
    path : `str`

    # Raises

    `FullDiskError`
        As [`whole_file`](./whole_file.md#whole_file).
    """
    with whole_file(path) as stream:
        patient = _Patient(stream)
        torch.save(state, patient)
        if patient.error is not None:
            raise patient.error


class _Patient:
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
