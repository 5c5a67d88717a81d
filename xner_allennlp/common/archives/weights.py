"""Checks that a file of weights from elsewhere holds tensors and no code."""

import pickle
import types
from pathlib import Path
from typing import Any, Dict, Union

import torch
from allennlp.common.checks import ConfigurationError

# All that a `state_dict` of tensors is pickled with; torch itself resolves the storages' names.
_ALLOWED = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_tensor_v2"),
}
# Since then `torch.load` refuses code unless it is told otherwise.
_FIRST_SAFE_VERSION = (2, 6)


class _TensorUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no tensor needs")


def refuse_all_but_tensors(weights_file: Path, archive_file: Path) -> None:
    """
    A file of weights is a pickle, and a pickle may run any program. torch refuses such ones since
    version 2.6. Before, AllenNLP's plain `torch.load` runs them; then this reads the file with an
    unpickler that knows nothing but tensors, and writes what it has read to the same place, so that
    AllenNLP reads nothing else.

    # Parameters

    weights_file : may be rewritten.
    archive_file : where it is from, for the message.

    # Raises

    `ConfigurationError` if the file holds anything but named tensors.
    """
    if not _is_safe():
        torch.save(load_tensors(weights_file, archive_file), weights_file)


def load_tensors(
    weights_file: Path, archive_file: Path, device: Union[str, torch.device] = "cpu"
) -> Dict[str, torch.Tensor]:
    """
    What is in a file of weights, without running anything.

    # Parameters

    weights_file : what to load.
    archive_file : the archive or run it is from, for the message.
    device : where the tensors are to be.

    # Raises

    `ConfigurationError` if the file holds anything but named tensors.
    """
    options = {} if _is_safe() else {"pickle_module": _restricted_pickle()}
    try:
        weights = torch.load(weights_file, map_location=device, **options)
        if not isinstance(weights, dict) or not all(map(torch.is_tensor, weights.values())):
            raise pickle.UnpicklingError("it holds something else than named tensors")
    except Exception as error:
        raise ConfigurationError(
            f"{archive_file} is refused: its {weights_file.name} could not be read as weights "
            f"({error})"
        ) from error
    return weights


def _is_safe() -> bool:
    """Whether `torch.load` refuses code by itself."""
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    return version >= _FIRST_SAFE_VERSION


def _restricted_pickle() -> types.ModuleType:
    restricted = types.ModuleType("restricted_pickle")
    restricted.Unpickler = _TensorUnpickler  # type: ignore[attr-defined]
    restricted.load = lambda file, **options: _TensorUnpickler(  # type: ignore[attr-defined]
        file, **options
    ).load()
    return restricted
