"""
Stand-ins for what AllenNLP writes straight to its final name: `config.json` (half of one, and
`--recover` ends with an error for ever), `metrics.json` (by which others tell that a run has
finished) and `vocabulary/` (half of one would be taken for whole in a distributed run).
"""

import json
import logging
import os
import shutil
import tempfile
from os import PathLike
from typing import Any, Callable, Dict, List, Optional, Union

from allennlp.common import Params
from allennlp.common.util import dump_metrics as _stock_dump_metrics
from allennlp.data import Vocabulary
from allennlp.data.vocabulary import NAMESPACE_PADDING_FILE
from allennlp.models.archival import CONFIG_NAME
from allennlp.training import util as training_util

from xner_allennlp.common.whole_file import remove_unfinished, whole_file, whole_text_file

logger = logging.getLogger(__name__)

_stock_create: Callable[..., None] = training_util.create_serialization_dir
_stock_save: Callable[..., None] = Vocabulary.save_to_files


def dump_metrics(file_path: Optional[str], metrics: Dict[str, Any], log: bool = False) -> None:
    """Stands in for `allennlp.common.util.dump_metrics`."""
    if file_path:
        with whole_text_file(file_path) as file:
            file.write(json.dumps(metrics, indent=2))
    _stock_dump_metrics(None, metrics, log=log)


def params_to_file(
    self: Params,
    params_file: Union[str, "PathLike[str]"],
    preference_orders: Optional[List[List[str]]] = None,
) -> None:
    """Stands in for `allennlp.common.Params.to_file`."""
    with whole_text_file(params_file) as file:
        json.dump(self.as_ordered_dict(preference_orders), file, indent=4)


def save_vocabulary(self: Vocabulary, directory: str) -> None:
    """
    Stands in for `allennlp.data.Vocabulary.save_to_files`. The list of namespaces without padding,
    without which no vocabulary is read, comes last.
    """
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _stock_save(self, folder)
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
        for name in sorted(names, key=lambda name: (name == NAMESPACE_PADDING_FILE, name)):
            with (
                open(os.path.join(folder, name), "rb") as written,
                whole_file(os.path.join(directory, name)) as file,
            ):
                shutil.copyfileobj(written, file)


def create_serialization_dir(
    params: Params, serialization_dir: Union[str, "PathLike[str]"], recover: bool, force: bool
) -> None:
    """
    Stands in for `allennlp.training.util.create_serialization_dir`: a run that was killed before
    it had written its configuration, or a distributed one before its vocabulary, goes on too.

    # Raises

    `ConfigurationError` as AllenNLP's function does, e.g. if the configuration is another one.
    """
    begins = False
    if os.path.isdir(serialization_dir):
        if recover or not os.path.exists(os.path.join(serialization_dir, CONFIG_NAME)):
            remove_unfinished(serialization_dir)
        begins = recover and not force and not os.listdir(serialization_dir)
        if begins:
            logger.warning("%s: nothing is there yet, so the run begins", serialization_dir)
    _stock_create(params, serialization_dir, recover and not begins, force)
    if recover and "distributed" in params:
        _complete_vocabulary(params, serialization_dir)


def _complete_vocabulary(params: Params, serialization_dir: Union[str, "PathLike[str]"]) -> None:
    """Recovered processes read the vocabulary; if it is not whole, they were never begun."""
    folder = os.path.join(serialization_dir, "vocabulary")
    if not os.path.exists(os.path.join(folder, NAMESPACE_PADDING_FILE)):
        shutil.rmtree(folder, ignore_errors=True)
        training_util.make_vocab_from_params(params.duplicate(), serialization_dir)
