"""
The model selections of a training run (paper, Table 4): which epoch is the best one, on whose
labels; or the mean of several.

| selection | best on | |
|---|---|---|
| `average` | | no choice: the mean of the last epochs' weights, if `average_weights` makes it |
| `source_dev` | the source development set | the truly unsupervised choice |
| `translated_dev` | the source development set, translated | needs no target labels either |
| `agreement` | another tagger's tags of raw target text | needs no target labels either |
| `target_dev` | the target development set | needs labelled target sentences |
| `target_test` | the target test set | for analysis only |

The first one that a run has is in its `model.tar.gz`.
"""

import json
import os
from typing import Any, Dict, NamedTuple, Optional

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.validation_metric import validation_metric

# The validation metric that makes each selection.
METRIC_OF_SELECTION = {
    "source_dev": "source_f1",
    "translated_dev": "translated_dev_f1",
    "agreement": "agreement_f1",
    "target_dev": "target_f1",
    "target_test": "target_test_f1",
}
AVERAGE = "average"
SELECTIONS = (AVERAGE, *METRIC_OF_SELECTION)
# What makes those that not every run has.
_MADE_BY = {
    AVERAGE: "the callback average_weights",
    "source_dev": "labelled source sentences, and those of validation_data_path",
    "target_dev": "labelled target sentences in validation_data_path and the callback keep_best",
    "translated_dev": "XNER_SELECTIONS=label_free",
    "agreement": "the callbacks agreement and keep_best",
    "target_test": "XNER_SELECTIONS=all",
}


class Selection(NamedTuple):
    """
    # Parameters

    name : `str`
        One of `SELECTIONS`.
    weights_file : `str`
        Path of its weights.
    epoch : `int`, optional
        The trainer's epoch, from 0, that was best; `None` of an average, and if the run has left no
        record.
    """

    name: str
    weights_file: str
    epoch: Optional[int]


def selections_of_run(folder: str) -> Dict[str, Selection]:
    """
    The selections that a run has: what is in `best.th` (the trainer's own, or the average), and
    one for each of its `keep_best` callbacks. A supervised run has no "source_dev".

    # Parameters

    folder : `str`
        The serialization directory of a finished run.

    # Raises

    `ConfigurationError` if this is no such folder, or its best epoch is none of the selections.
    """
    config_file = os.path.join(folder, "config.json")
    if not os.path.isfile(config_file):
        raise ConfigurationError(
            f"{folder}: there is no config.json; give the folder of a finished `allennlp train -s`"
        )
    config: Dict[str, Any] = Params.from_file(config_file).as_dict(quiet=True)
    if "trainer" not in config:
        raise ConfigurationError(
            f"{folder}: its config.json names no trainer; give the folder of a finished "
            "`allennlp train -s`"
        )
    chosen_by = validation_metric(config)
    recorded: Dict[str, Any] = {}
    if os.path.isfile(os.path.join(folder, "metrics.json")):
        with open(os.path.join(folder, "metrics.json"), encoding="utf-8") as file:
            recorded = json.load(file)
    selections = {}
    is_average = "averaged_epochs" in recorded
    if is_average:
        selections[AVERAGE] = Selection(AVERAGE, os.path.join(folder, "best.th"), None)
    for name, metric in METRIC_OF_SELECTION.items():
        is_default = metric == chosen_by and not is_average
        file_name = "best.th" if is_default else f"best_{metric}.th"
        epoch = recorded.get("best_epoch" if is_default else f"best_{metric}_epoch")
        weights_file = os.path.join(folder, file_name)
        if os.path.isfile(weights_file):
            selections[name] = Selection(name, weights_file, epoch)
    if not selections and os.path.isfile(os.path.join(folder, "best.th")):
        raise ConfigurationError(
            f"{folder}: its best epoch was chosen by {chosen_by}, which makes none of the "
            f"selections {', '.join(METRIC_OF_SELECTION)}; use `allennlp evaluate` with its "
            "model.tar.gz, or train with trainer.validation_metric +source_f1"
        )
    if not selections:
        raise ConfigurationError(f"{folder}: there are no best weights; has the training finished?")
    return selections


def choose_selection(folder: str, name: str) -> Selection:
    """
    One of `selections_of_run`.

    # Raises

    `ConfigurationError` if the run has no such selection.
    """
    selections = selections_of_run(folder)
    if name not in selections:
        remedy = (
            f"; train with {_MADE_BY[name]} to have it"
            if name in _MADE_BY
            else f"; known are {', '.join(SELECTIONS)}"
            if name not in SELECTIONS
            else ""
        )
        raise ConfigurationError(
            f"{folder}: this run has no selection {name!r}, only {', '.join(selections)}{remedy}"
        )
    return selections[name]
