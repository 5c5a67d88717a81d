"""Taggers with their initial weights, which find plenty of entities, if the wrong ones."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import torch
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.data import DatasetReader
from allennlp.models import Model

from tests.tiny_runs import tiny_config


def untrained(
    system: str, folder: Path, change: Callable[[Dict[str, Any]], None] = lambda config: None
) -> Tuple[Model, DatasetReader]:
    """The model of a system and its reader; `change` may change the config."""
    config = tiny_config(system, folder / "data", sentences=12)
    change(config)
    reader = DatasetReader.from_params(Params(deepcopy(config["validation_dataset_reader"])))
    params = Params(config)
    prepare_environment(params)  # which takes the seeds
    (folder / "run").mkdir()
    made = TrainModel.from_params(
        params=params, serialization_dir=str(folder / "run"), local_rank=0
    )
    model = made.model
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("weight", "transitions")):
                weight.normal_()
        if hasattr(model, "target_path_trained"):
            model.target_path_trained.fill_(1)
    return model.eval(), reader
