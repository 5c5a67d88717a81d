"""Finds the folder of a pretrained encoder and reads its weights, without running any code."""

import logging
from pathlib import Path
from typing import Dict

import torch
from allennlp.common.checks import ConfigurationError
from transformers import MODEL_MAPPING, PretrainedConfig, PreTrainedModel

from xner_allennlp.common.archives.weights import load_tensors
from xner_allennlp.common.encoder_files import (
    CONFIG_FILE,
    SAFE_WEIGHTS,
    TOKENIZER_FILE,
    WEIGHTS,
    weights_file,
)

logger = logging.getLogger(__name__)


def encoder_folder(name: str) -> Path:
    """
    The folder of an encoder.

    # Parameters

    name : `str`
        A folder, or a name on the Hugging Face hub, from which it is fetched once.

    # Raises

    `ConfigurationError` if there is no such folder and it cannot be fetched, or if it lacks its
    configuration, its fast tokenizer or its weights.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = _fetched(name)
    remedies = {
        CONFIG_FILE: "name the folder that `save_pretrained` of transformers has written",
        TOKENIZER_FILE: "which a fast tokenizer has; where transformers can convert a slow one, "
        f"`AutoTokenizer.from_pretrained({name!r}).save_pretrained({str(folder)!r})` makes it",
    }
    for file, remedy in remedies.items():
        if not (folder / file).is_file():
            raise ConfigurationError(f"the encoder {name} has no {file}: {remedy}")
    if not weights_file(folder).is_file():
        raise ConfigurationError(
            f"the encoder {name} has neither {SAFE_WEIGHTS} nor {WEIGHTS}; weights in several "
            "files are made one by `save_pretrained(folder, max_shard_size='100GB')`"
        )
    return folder


def _fetched(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=["*.json", SAFE_WEIGHTS]))
        if not (folder / SAFE_WEIGHTS).is_file():
            folder = Path(snapshot_download(name, allow_patterns=["*.json", WEIGHTS]))
    # The hub's client raises a dozen kinds, of its own and of three other libraries.
    except Exception as error:
        raise ConfigurationError(
            f"the encoder {name} is no folder here, and could not be fetched from the Hugging Face "
            f"hub ({type(error).__name__}: {error}). Correct the name, or fetch it where there is "
            "a network, copy its folder here and name that"
        ) from error
    return folder


def load_encoder(name: str, config: PretrainedConfig) -> PreTrainedModel:
    """
    The encoder with its pretrained weights, in single precision.

    # Parameters

    name : `str`
        As of `encoder_folder`.
    config : `PretrainedConfig`
        What its `config.json` says.

    # Raises

    `ConfigurationError` as `encoder_folder`, and if the weights cannot be read, hold anything but
    tensors, or are those of another architecture.
    """
    folder = encoder_folder(name)
    weights = _read_weights(folder)
    model_class = MODEL_MAPPING[type(config)]
    if isinstance(model_class, tuple):  # Several variants, of which `AutoModel` takes the first.
        model_class = model_class[0]
    try:
        model, info = model_class.from_pretrained(
            None, config=config, state_dict=weights, output_loading_info=True
        )
    except (RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"the weights of the encoder {name} do not fit its {CONFIG_FILE}: {error}"
        ) from error
    # What a checkpoint may lack: the pooler, which is not used, and positions, which are counted.
    missing = [key for key in info["missing_keys"] if "pooler." not in key and "_ids" not in key]
    if missing:
        raise ConfigurationError(
            f"the weights of the encoder {name} lack {len(missing)} tensors that its {CONFIG_FILE} "
            f"asks for, {missing[0]} among them: they are those of another model"
        )
    logger.info("%s: %d tensors of pretrained weights read", folder, len(weights))
    return model


def _read_weights(folder: Path) -> Dict[str, torch.Tensor]:
    file = weights_file(folder)
    if file.name != SAFE_WEIGHTS:
        return load_tensors(file, folder)
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise ConfigurationError(f"{file} needs the library safetensors: {error}") from error
    try:
        return load_file(str(file))
    # Errors of the file's format come as exceptions of the library's own.
    except Exception as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
