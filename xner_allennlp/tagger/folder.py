"""
The folder of an exported tagger:

* `config.json`: `format`, its `version` and what made it (`made_by`); `tokenizer` (the options of
  `split_words`), `normalization` (a Unicode normal form or null), `words` (in which form a word is
  looked up: `lowercase`, `case_fallback`), `labels`, and `network`
  ([what](./network.md#TaggingNetwork));
* `vocabulary.json`: `words` and `characters` in the order of their numbers; of a tagger with a
  pretrained encoder `tokenizer.json` in its place, as that has it, and `words` is null;
* `model.safetensors`: the weights by the names that they have in an archive (those of words by the
  language's), in half precision if that holds all of them exactly;
* `README.md`: the card of the archive, if it has one.
"""

import json
import os
from os import PathLike
from pathlib import Path
from typing import Any, Dict, Union

import torch

from xner_allennlp.common.card_file import CARD_NAME
from xner_allennlp.common.encoder_files import TOKENIZER_FILE
from xner_allennlp.common.errors import InputError
from xner_allennlp.common.whole_file import (
    is_unfinished,
    remove_unfinished,
    whole_file,
    whole_text_file,
)
from xner_allennlp.tagger.exported import ExportedTagger
from xner_allennlp.version import VERSION

FORMAT = "xner_tagger"
FORMAT_VERSION = 1

_CONFIG = "config.json"
_VOCABULARY = "vocabulary.json"
_WEIGHTS = "model.safetensors"


def is_exported(path: Union[str, "PathLike[str]"]) -> bool:
    """Whether this is the folder of an exported tagger, whole or not."""
    # `Path.is_file` would raise where a folder of somebody else's may not be looked into.
    return any(os.path.isfile(os.path.join(path, name)) for name in (_WEIGHTS, _VOCABULARY))


def load_exported(path: Union[str, "PathLike[str]"], device: torch.device) -> ExportedTagger:
    """Raises `InputError` if the folder is not whole or was made by a later version."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(path)
    config = _read_json(folder / _CONFIG)
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{folder / _CONFIG} does not describe an exported tagger; export it anew")
    if config.get("version") != FORMAT_VERSION:
        raise InputError(
            f"{folder} has format version {config.get('version')}, this version of xner_allennlp "
            f"({VERSION}) reads {FORMAT_VERSION}: it was made by {config.get('made_by')}, use that"
        )
    vocabulary = _read_json(folder / _vocabulary_file(config))
    card_file = folder / CARD_NAME
    try:
        card = card_file.read_text("utf-8", "replace") if card_file.is_file() else None
        weights = {name: _single(tensor) for name, tensor in load_file(folder / _WEIGHTS).items()}
        return ExportedTagger(config, vocabulary, weights, device, card)
    except (SafetensorError, OSError, KeyError, TypeError, RuntimeError) as error:
        raise InputError(
            f"{folder} is no whole exported tagger ({type(error).__name__}: {error}); export it "
            "anew"
        ) from error


def save_exported(tagger: ExportedTagger, path: Union[str, "PathLike[str]"]) -> None:
    """
    Raises `InputError` if the folder has something in it, unless that is what an interrupted export
    has left: the weights are written first, and `config.json` last.
    """
    from safetensors.torch import save

    folder = Path(path)
    if folder.is_file() or (folder.is_dir() and not _is_left_unfinished(folder)):
        raise InputError(f"{folder} exists already; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    remove_unfinished(folder)
    weights = _halved({name: tensor.cpu() for name, tensor in tagger.weights.items()})
    with whole_file(folder / _WEIGHTS) as stream:
        stream.write(save(weights, {"format": "pt"}))
    _write_json(folder / _vocabulary_file(tagger.config), tagger.vocabulary)
    if tagger.card is not None:
        with whole_text_file(folder / CARD_NAME) as file:
            file.write(tagger.card)
    head = {"format": FORMAT, "version": FORMAT_VERSION, "made_by": f"xner_allennlp {VERSION}"}
    _write_json(folder / _CONFIG, {**head, **tagger.config}, indent=2)


def _is_left_unfinished(folder: Path) -> bool:
    whole = {name for name in os.listdir(folder) if not is_unfinished(name)}
    return not whole or (
        _WEIGHTS in whole and whole <= {_WEIGHTS, _VOCABULARY, TOKENIZER_FILE, CARD_NAME}
    )


def _vocabulary_file(config: Dict[str, Any]) -> str:
    return TOKENIZER_FILE if config.get("words") is None else _VOCABULARY


def _halved(weights: Dict[str, torch.Tensor]) -> Dict[str, torch.Tensor]:
    """
    Contiguous tensors, in half precision if every number is the same in it, as those of an archive
    in half precision are.
    """
    halved = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in weights.items()
    }
    # Of one type: older versions of torch compare no others.
    is_exact = all(torch.equal(_single(halved[name]), _single(weights[name])) for name in weights)
    return {name: each.contiguous() for name, each in (halved if is_exact else weights).items()}


def _single(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.dtype == torch.half else tensor


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); export the tagger anew") from None


def _write_json(path: Path, value: Any, **options: Any) -> None:
    with whole_text_file(path) as file:
        json.dump(value, file, ensure_ascii=False, **options)
