"""Configs of `training_configs/`, cut down so that a test can train them in a second or two."""

import json
from pathlib import Path
from typing import Any, Dict, List, Union

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.models import Model

ROOT = Path(__file__).resolve().parents[1]


def first_sentences(path: Path, number: int) -> str:
    return "\n\n".join(path.read_text(encoding="utf-8").split("\n\n")[:number]) + "\n"


def write_tiny_corpora(folder: Path, sentences: int = 48) -> Dict[str, Dict[str, str]]:
    """split -> language -> file, the first sentences of the toy world."""
    files: Dict[str, Dict[str, str]] = {}
    for split in ("train", "testa", "testb"):
        for language in ("source", "target"):
            path = folder / f"{language}.{split}"
            whole = ROOT / "fixtures" / "toy" / "ner" / path.name
            path.write_text(first_sentences(whole, sentences), encoding="utf-8")
            files.setdefault(split, {})[language] = str(path)
    return files


def tiny_config(
    system: str, folder: Path, pair: str = "en_nl", sentences: int = 48, **overrides: Any
) -> Dict[str, Any]:
    """
    The config of a system (one with a dot in its name is an ablation) on a few sentences, with
    small encoders; `overrides` are dotted keys with `__` for the dot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    files = write_tiny_corpora(folder, sentences)
    config_file = ROOT / "training_configs" / f"{system}.jsonnet"
    if "." in system:
        config_file = ROOT / "training_configs" / "ablations" / f"{system}.jsonnet"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XNER_PAIR", pair)
        config = Params.from_file(config_file, json.dumps(dotted)).as_dict(quiet=True)
    config["train_data_path"] = files["train"]
    config["validation_data_path"] = files["testa"]
    config["test_data_path"] = files["testb"]
    callbacks = config["trainer"]["callbacks"]
    for name in ("pseudo_labels", "distillation"):
        if "gold_file" in callbacks.get(name, {}):
            callbacks[name]["gold_file"] = files["train"]["target"]
    if "further_sets" in callbacks:
        callbacks["further_sets"]["sets"] = {"target_test": {"target": files["testb"]["target"]}}
    for embedder in config["model"]["word_embedders"].values():
        for key in ("pretrained_file", "mapping_file"):
            if key in embedder:
                embedder[key] = str(ROOT / embedder[key])
    readers = [config["dataset_reader"], config["validation_dataset_reader"]]
    if "translated_batches" in callbacks:
        callbacks["translated_batches"]["path"] = {"source": files["train"]["source"]}
        readers.append(callbacks["translated_batches"]["reader"])
    if "translated_dev" in callbacks:
        callbacks["translated_dev"]["sets"]["translated_dev"] = {"source": files["testa"]["source"]}
        readers.append(callbacks["translated_dev"]["reader"])
    for reader in readers:
        for key in ("mapping_file", "source_vectors", "target_vectors"):
            if key in reader:
                reader[key] = str(ROOT / reader[key])
    for key, file in config["vocabulary"].get("pretrained_files", {}).items():
        config["vocabulary"]["pretrained_files"][key] = str(ROOT / file)
    if "encoder" in config["vocabulary"]:
        config["vocabulary"]["encoder"] = str(ROOT / config["vocabulary"]["encoder"])
    if "encoder_states" in callbacks:
        callbacks["encoder_states"]["folder"] = str(folder / "encoder_states")
    for encoder in ("encoder", "target_encoder"):
        if "hidden_size" in config["model"].get(encoder, {}):
            config["model"][encoder]["hidden_size"] = 8
    config["model"]["common_dim"] = 8
    return config


def train_teachers(folder: Path) -> List[str]:
    """The archives of two teachers that know some entities of the tiny corpora."""
    archives = []
    for system in ("cross_shared", "translated"):
        config = tiny_config(system, folder / "data", trainer__optimizer__lr=0.5)
        callback(config, "source_passes")["num_passes"] = 12
        config["model"]["dropout"] = 0.0
        train(config, folder / system)
        archives.append(str(folder / system / "model.tar.gz"))
    return archives


def train(config: Dict[str, Any], folder: Path, recover: bool = False) -> Model:
    config = json.loads(json.dumps(config))
    return train_model(
        Params(config),
        serialization_dir=str(folder),
        recover=recover,
        force=False,
        include_package=["xner_allennlp"],
    )


def callback(config: Dict[str, Any], name: str) -> Dict[str, Any]:
    """The block of a trainer callback."""
    block: Dict[str, Any] = config["trainer"]["callbacks"][name]
    return block


def weights_of(run: Union[str, Path]) -> Dict[str, Any]:
    import torch

    return torch.load(Path(run) / "best.th")
