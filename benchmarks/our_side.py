"""Our side, as a user gets it: a training config, built by what `allennlp train` calls."""

import os
from pathlib import Path
from typing import Any, Dict

from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.data import DataLoader, DatasetReader
from allennlp.evaluation import Evaluator
from setting import MAX_LENGTH, Setting, sentences

import xner_allennlp
from xner_allennlp.training import PseudoLabels

CONFIGS = Path(xner_allennlp.__file__).parent.parent / "training_configs"
UNTIED = {"type": "untied_lstm"}


def config(setting: Setting, name: str, pool: Path) -> Dict[str, Any]:
    """A config of `training_configs`, with `pool` as the raw target sentences."""
    os.environ.update(
        XNER_PAIR="en_nl",
        XNER_PRESET="small",
        XNER_DATA=str(setting.data),
        XNER_MAPPING=str(setting.mapping),
    )
    params = Params.from_file(str(CONFIGS / f"{name}.jsonnet")).as_dict(quiet=True)
    params["train_data_path"]["target"] = str(pool)
    # Nothing but training is asked for here.
    for key in ("validation_data_path", "test_data_path", "evaluate_on_test"):
        del params[key]
    return params


def joint_config(
    setting: Setting, pool: Path, source_epochs: int, *, tied: bool = False, dev_sets: bool = False
) -> Dict[str, Any]:
    """
    Cross-Augmented: `source_epochs` epochs on source batches alone, then a round in each epoch, in
    which all of the pool is labelled.
    """
    params = config(setting, "cross_augmented", pool)
    if not tied:
        params["model"]["encoder"].update(UNTIED)
        params["model"]["character_embedder"]["encoder"].update(UNTIED)
    params["data_loader"]["batches_per_epoch"] = setting.round_batches
    batches_per_pass = (
        sum(1 for _ in sentences(setting.train)) / params["data_loader"]["batch_size"]
    )
    pseudo_labels_in(params).update(
        n_steps=setting.round_batches,
        min_length=MAX_LENGTH,
        max_length=MAX_LENGTH,
        # Rounded up to whole epochs by the callback.
        pretraining_passes=(source_epochs - 0.5) * setting.round_batches / batches_per_pass,
    )
    if dev_sets:
        params["validation_data_path"] = {
            "source": str(setting.dev("en")),
            "target": str(setting.dev("nl")),
        }
    return params


def pseudo_labels_in(params: Dict[str, Any]) -> Dict[str, Any]:
    """The part of a config about the callback."""
    block: Dict[str, Any] = params["trainer"]["callbacks"]["pseudo_labels"]
    return block


def build(setting: Setting, params: Dict[str, Any], name: str) -> TrainModel:
    """The training run of a config, not started."""
    folder = setting.folder / f"{name}.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    copy = Params(params).duplicate()
    prepare_environment(copy)
    return TrainModel.from_params(params=copy, serialization_dir=str(folder), local_rank=0)


def evaluation_loader(params: Dict[str, Any], run: TrainModel, path: Path) -> DataLoader:
    """As `allennlp evaluate` builds it from an archive's config."""
    reader = DatasetReader.from_params(Params(params["validation_dataset_reader"]).duplicate())
    loader = DataLoader.from_params(
        Params(params["validation_data_loader"]).duplicate(), reader=reader, data_path=str(path)
    )
    loader.index_with(run.model.vocab)
    return loader


def evaluate(run: TrainModel, loader: DataLoader) -> Dict[str, Any]:
    return Evaluator.from_params(Params({"cuda_device": -1}))(run.model, loader)


def pseudo_labels_of(run: TrainModel) -> PseudoLabels:
    (callback,) = (one for one in run.trainer._callbacks if isinstance(one, PseudoLabels))
    return callback
