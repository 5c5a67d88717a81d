"""
The functions of AllenNLP that this package replaces because AllenNLP has no hook there.

| AllenNLP's | here | for |
|---|---|---|
| `Params.to_file` | `config.json` is written whole: half of one ends every `--recover` | all |
| `dump_metrics` | also `metrics.json`, and what `evaluate --output-file` names | all |
| `Vocabulary.save_to_files` | also `vocabulary/`, of which distributed training reads half | all |
| `create_serialization_dir` | `--recover` begins a run that was killed before all these | all |
| `SimpleEvaluator.__call__` | `evaluate --predictions-output-file` is written whole | all |
| `SimpleEvaluator.__call__`, `_PredictManager` | no output is written over what is read | all |
| `_PredictManager` | also `predict --output-file`, which is UTF-8 in every locale | all |
| `_PredictManager` | the predictor's `load_file`, if it has one, reads the input | ours |
| `find_learning_rate_model` | it takes the trainer `named_callbacks`, too | ours |
| `_save_plot` | also the plot of `find-lr` | all |
| `archive_model` | also `model.tar.gz` | all |
| `archive_model` | no absolute paths, users and times ([here](./archives/making.md)) | ours |
| `extracted_archive` | what no archive needs is refused ([here](./archives/unpacking.md)) | ours |
| `resolve_class_name` | so is a `type` with dots that is no class of the kind asked for | ours |
| `Params.from_file` | [settings](./settings.md) that the environment lacks get defaults | all |
| `Params.from_file` | unknown settings are warned of | ours |
| `peak_gpu_memory` | training on the CPU does not initialise CUDA to measure nothing | all |

[`whole_file`](./whole_file.md) says what is written whole. "Ours" are configs and archives of a
`cross_lingual_crf_tagger`, and on request (`XNER_STRICT=all`) those of every model
([`strictness`](./strictness.md)). The defaults of settings reach only a config that asks for them.
AllenNLP is archived: these places stay where they are.
"""

import io
import json
import logging
import os
import shutil
import tempfile
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import Any, Dict, Iterator, List, Optional, Set, TextIO, Tuple, Type, Union

import torch
from allennlp import models
from allennlp.commands import find_learning_rate, predict, train
from allennlp.common import Params, Registrable
from allennlp.common import util as common_util
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.vocabulary import NAMESPACE_PADDING_FILE
from allennlp.evaluation import SimpleEvaluator, evaluator
from allennlp.models import archival
from allennlp.models.archival import CONFIG_NAME
from allennlp.models.model import _DEFAULT_WEIGHTS
from allennlp.training import util as training_util

from xner_allennlp.common import archives, settings
from xner_allennlp.common.archives.making import path_of_archive
from xner_allennlp.common.arguments import refuse_existing
from xner_allennlp.common.strictness import is_archive_of_ours, is_ours, is_run_of_ours, is_strict
from xner_allennlp.common.whole_file import (
    remove_unfinished,
    whole_file,
    whole_path,
    whole_text_file,
)

logger = logging.getLogger(__name__)

_Path = Union[str, "PathLike[str]"]

_stock_archive_model = archival.archive_model
_stock_create_serialization_dir = training_util.create_serialization_dir
_stock_dump_metrics = common_util.dump_metrics
_stock_evaluate = SimpleEvaluator.__call__
_stock_extracted_archive = archival.extracted_archive
_stock_from_file: Any = Params.from_file.__func__
_stock_peak_gpu_memory = common_util.peak_gpu_memory
_stock_find_learning_rate_model = find_learning_rate.find_learning_rate_model
_stock_resolve_class_name: Any = Registrable.resolve_class_name.__func__
_stock_save_plot = find_learning_rate._save_plot
_stock_save_vocabulary = Vocabulary.save_to_files

# The strings with dots in the configs that are checked: each may be asked for as a `type`.
_checked_names: Set[str] = set()


def install() -> None:
    """Replaces AllenNLP's functions; a second call changes nothing."""
    for owner, name, stand_in in _stand_ins():
        setattr(owner, name, stand_in)


def _stand_ins() -> Iterator[Tuple[Any, str, Any]]:
    """Where each stand-in belongs: also where AllenNLP has imported a function by its name."""
    yield Params, "to_file", params_to_file
    yield Params, "from_file", classmethod(params_from_file)
    for module in (common_util, training_util, evaluator):
        yield module, "dump_metrics", dump_metrics
    yield Vocabulary, "save_to_files", save_vocabulary
    for module in (training_util, find_learning_rate):
        yield module, "create_serialization_dir", create_serialization_dir
    yield SimpleEvaluator, "__call__", evaluate
    yield predict, "_PredictManager", PredictManager
    yield find_learning_rate, "_save_plot", save_plot
    yield find_learning_rate, "find_learning_rate_model", find_learning_rate_model
    for module in (archival, models, train):
        yield module, "archive_model", archive_model
    yield archival, "extracted_archive", extracted_archive
    yield Registrable, "resolve_class_name", classmethod(resolve_class_name)
    yield common_util, "peak_gpu_memory", peak_gpu_memory


def peak_gpu_memory() -> Dict[int, int]:
    """
    Stands in for `peak_gpu_memory`, which the trainer calls in every epoch: where a GPU is visible,
    AllenNLP's initialises CUDA, some hundred megabytes of a GPU that a training on the CPU does not
    want.
    """
    return _stock_peak_gpu_memory() if torch.cuda.is_initialized() else {}


def params_to_file(
    self: Params, params_file: _Path, preference_orders: Optional[List[List[str]]] = None
) -> None:
    """Stands in for `Params.to_file`."""
    with whole_text_file(params_file) as file:
        json.dump(self.as_ordered_dict(preference_orders), file, indent=4)


def params_from_file(
    cls: Type[Params],
    params_file: _Path,
    params_overrides: Union[str, Dict[str, Any]] = "",
    ext_vars: Optional[Dict[str, Any]] = None,
) -> Params:
    """Stands in for `Params.from_file`."""
    ext_vars = {**settings.missing_settings(), **(ext_vars or {})}
    params: Params = _stock_from_file(cls, params_file, params_overrides, ext_vars)
    ours = is_ours(params.params)
    if ours:
        settings.warn_of_unknown_settings()
    if ours or is_strict():
        _checked_names.update(_names_with_dots(params.params))
    return params


def _names_with_dots(value: Any) -> Iterator[str]:
    if isinstance(value, str) and "." in value:
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names_with_dots(item)


def resolve_class_name(cls: Type[Registrable], name: str) -> Tuple[Any, Optional[str]]:
    """
    Stands in for `Registrable.resolve_class_name`, which finds the class that a config's `type`
    names. AllenNLP takes `"type": "subprocess.Popen"` too, and calls it with the config's
    arguments: the config of an archive from elsewhere could run any program. A name with dots that
    a checked config has must be that of a subclass of `cls`, or of a torch module.

    # Raises

    `ConfigurationError` if it is not, and where AllenNLP raises it.
    """
    found, constructor = _stock_resolve_class_name(cls, name)
    is_registered = name in Registrable._registry[cls]
    is_checked = not is_registered and (name in _checked_names or is_strict())
    if is_checked and not (isinstance(found, type) and issubclass(found, (cls, torch.nn.Module))):
        raise ConfigurationError(
            f"a config asks for a {cls.__name__} and names {name}, which is not one: refused, "
            "since it would be called with the config's arguments"
        )
    return found, constructor


def dump_metrics(file_path: Optional[str], metrics: Dict[str, Any], log: bool = False) -> None:
    """Stands in for `dump_metrics`."""
    if file_path:
        with whole_text_file(file_path) as file:
            file.write(json.dumps(metrics, indent=2))
    _stock_dump_metrics(None, metrics, log=log)


def save_vocabulary(self: Vocabulary, directory: str) -> None:
    """
    Stands in for `Vocabulary.save_to_files`. The list of namespaces without padding is written
    last: no vocabulary is read without it.
    """
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _stock_save_vocabulary(self, folder)
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
        for name in sorted(names, key=lambda name: (name == NAMESPACE_PADDING_FILE, name)):
            with (
                open(os.path.join(folder, name), "rb") as written,
                whole_file(os.path.join(directory, name)) as file,
            ):
                shutil.copyfileobj(written, file)


def create_serialization_dir(
    params: Params, serialization_dir: _Path, recover: bool, force: bool
) -> None:
    """
    Stands in for `create_serialization_dir`: a run that was killed before it had written its
    config, or a distributed one before its vocabulary, goes on too.

    # Raises

    `ConfigurationError` as AllenNLP's function does, e.g. if the config is another one.
    """
    begins = False
    if os.path.isdir(serialization_dir):
        if recover or not os.path.exists(os.path.join(serialization_dir, CONFIG_NAME)):
            remove_unfinished(serialization_dir)
        begins = recover and not force and not os.listdir(serialization_dir)
        if begins:
            logger.warning("%s: nothing is there yet, so the run begins", serialization_dir)
    _stock_create_serialization_dir(params, serialization_dir, recover and not begins, force)
    if recover and "distributed" in params:
        # Recovered processes read the vocabulary. If it is not whole, none of them had begun.
        folder = os.path.join(serialization_dir, "vocabulary")
        if not os.path.exists(os.path.join(folder, NAMESPACE_PADDING_FILE)):
            shutil.rmtree(folder, ignore_errors=True)
            training_util.make_vocab_from_params(params.duplicate(), serialization_dir)


def evaluate(
    self: SimpleEvaluator,
    model: Any,
    data_loader: Any,
    batch_weight_key: Optional[str] = None,
    metrics_output_file: Optional[_Path] = None,
    predictions_output_file: Optional[_Path] = None,
) -> Dict[str, Any]:
    """Stands in for `SimpleEvaluator.__call__`, which writes over the file that was read, too."""
    for output_file in (metrics_output_file, predictions_output_file):
        _refuse_input(output_file, getattr(data_loader, "data_path", None))
    with (
        nullcontext()
        if predictions_output_file is None
        else whole_path(predictions_output_file) as path
    ):
        return _stock_evaluate(
            self, model, data_loader, batch_weight_key, metrics_output_file, path
        )


def _refuse_input(output_file: Optional[_Path], input_file: Any) -> None:
    if output_file is not None and isinstance(input_file, (str, PathLike)):
        refuse_existing(os.fspath(output_file), force=True, inputs=[os.fspath(input_file)])


class _KeptOpen:
    """A file that AllenNLP cannot close before it is whole."""

    def __init__(self, file: TextIO) -> None:
        self.write = file.write

    def close(self) -> None:
        pass


class PredictManager(predict._PredictManager):
    """Stands in for `_PredictManager`, which does the work of `allennlp predict`."""

    def __init__(
        self, predictor: Any, input_file: str, output_file: Optional[str], *options: Any
    ) -> None:
        _refuse_input(output_file, input_file)
        super().__init__(predictor, input_file, None, *options)
        self._path = output_file

    def _get_json_data(self) -> Iterator[Any]:
        # AllenNLP's drops blank lines, and ends in the midst of a file that is not UTF-8.
        load_file = getattr(self._predictor, "load_file", None)
        return super()._get_json_data() if load_file is None else load_file(self._input_file)

    def run(self) -> None:
        if self._path is None:
            super().run()
            return
        # AllenNLP's is in the locale's encoding.
        with whole_text_file(self._path) as file:
            self._output_file = _KeptOpen(file)
            super().run()


def find_learning_rate_model(params: Params, *arguments: Any, **options: Any) -> None:
    """
    Stands in for `find_learning_rate_model`, which refuses every trainer with a `type` of its own.
    `find-lr` calls no callback, so `named_callbacks` without them is AllenNLP's trainer.
    """
    trainer = params.params.get("trainer", {})
    if trainer.get("type") == "named_callbacks":
        for key in ("type", "callbacks", "callback_order", "warning"):
            trainer.pop(key, None)
    _stock_find_learning_rate_model(params, *arguments, **options)


class _PlotFile(io.BytesIO):
    """A file in memory, which AllenNLP logs as the path of the plot."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def __str__(self) -> str:
        return self._path


def save_plot(learning_rates: List[float], losses: List[float], save_path: str) -> None:
    """Stands in for `_save_plot` of `allennlp find-lr`."""
    plot = _PlotFile(save_path)
    _stock_save_plot(learning_rates, losses, plot)
    if plot.getvalue():  # Nothing without matplotlib.
        with whole_file(save_path) as stream:
            stream.write(plot.getvalue())


def archive_model(
    serialization_dir: _Path,
    weights: str = _DEFAULT_WEIGHTS,
    archive_path: Optional[_Path] = None,
    include_in_archive: Optional[List[str]] = None,
) -> str:
    """Stands in for `archive_model`."""
    if is_strict() or is_run_of_ours(serialization_dir):
        return archives.archive_model(serialization_dir, weights, archive_path, include_in_archive)
    archive_file = path_of_archive(archive_path or serialization_dir)
    with whole_path(archive_file) as path:
        _stock_archive_model(serialization_dir, weights, path, include_in_archive)
    return archive_file


def extracted_archive(
    resolved_archive_file: _Path, cleanup: bool = True
) -> "AbstractContextManager[str]":
    """Stands in for `extracted_archive`."""
    is_checked = is_strict() or is_archive_of_ours(resolved_archive_file)
    unpack = archives.extracted_archive if is_checked else _stock_extracted_archive
    return unpack(resolved_archive_file, cleanup)
