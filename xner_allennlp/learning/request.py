"""What is asked of `Learning`, and the record in its folder by which the same request goes on."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.checksums import sha256_of
from xner_allennlp.common.encoder_files import public_name, weights_file
from xner_allennlp.common.usable_device import usable_device
from xner_allennlp.corpora.data_folder import corpus_of_name
from xner_allennlp.learning.recipes import RECIPES
from xner_allennlp.pretrained.folder import encoder_folder
from xner_allennlp.version import VERSION

INPUT_FILES = {
    "source_corpus": "labelled sentences of the source language",
    "target_text": "sentences of the target language, without labels",
    "source_vectors": "word vectors of the source language",
    "target_vectors": "word vectors of the target language",
    "source_dev": "labelled sentences of the source language that choose the epoch",
    "target_dev": "labelled sentences of the target language, for a score only",
    "target_test": "labelled sentences of the target language, for a score only",
}
VECTORS = ("source_vectors", "target_vectors")
RECORD_NAME = "learn.json"


@dataclass(frozen=True)
class Request:
    """
    # Parameters

    files : `Dict[str, str]`
        By the names of `INPUT_FILES`; those of dev and test sets may be missing, and with an
        encoder those of vectors must be.
    pair : `str`
        The language codes, e.g. "en_nl".
    encoder : `str`, optional
        In place of vectors: the folder of a pretrained encoder, or its name on the Hugging Face
        hub.
    recipe : `str`, optional (default = `"default"`)
        One of `RECIPES`.
    source_format : `str`, optional
        What `xner-data convert` calls the corpora's format; by default it is recognised.
    device : `str`, optional (default = `"cpu"`)
        As `XNER_DEVICE`.
    seed : `int`, optional (default = `13370`)
    """

    files: Dict[str, str]
    pair: str
    encoder: Optional[str] = None
    recipe: str = "default"
    source_format: Optional[str] = None
    device: str = "cpu"
    seed: int = 13370

    def __post_init__(self) -> None:
        for name, path in self.files.items():
            if not os.path.isfile(path):
                raise ConfigurationError(f"{_option(name)}: there is no file {path}.")
        self._check_vectors()
        languages = self.pair.split("_")
        if len(languages) != 2 or not all(code.isalnum() for code in languages):
            raise ConfigurationError(f"--pair is {self.pair!r}; give two codes, e.g. en_nl.")
        if languages[0] == languages[1]:
            raise ConfigurationError(f"--pair is {self.pair!r}: the two languages are the same.")
        if self.device not in ("cpu", "cuda") and not self.device.isdecimal():
            raise ConfigurationError(
                f"--device is {self.device!r}; give cpu, cuda or the number of a GPU, e.g. 0."
            )
        usable_device(f"cuda:{self.device}" if self.device.isdecimal() else self.device)
        if self.recipe not in RECIPES:
            raise ConfigurationError(f"There is no recipe {self.recipe!r}.")

    def _check_vectors(self) -> None:
        given = [name for name in VECTORS if name in self.files]
        if self.encoder is not None and given:
            raise ConfigurationError(
                f"{_option(given[0])} and --encoder are both given. An encoder takes the place of "
                "word vectors: leave out the one or the other."
            )
        if self.encoder is None and not given:
            raise ConfigurationError(
                "Give word vectors of both languages (--source-vectors, --target-vectors), or a "
                "pretrained multilingual encoder (--encoder)."
            )
        missing = [name for name in VECTORS if name not in self.files]
        if given and missing:
            raise ConfigurationError(
                f"{_option(missing[0])} is missing: word vectors of both languages are needed."
            )

    @property
    def source_language(self) -> str:
        return self.pair.split("_")[0]

    @property
    def target_language(self) -> str:
        return self.pair.split("_")[1]

    def to_json(self) -> Dict[str, Any]:
        """
        All that decides on the result, with a checksum of each file in place of its path.

        # Raises

        `ConfigurationError`
            If there is no such encoder.
        """
        described = {
            name: {
                "name": os.path.basename(path),
                "bytes": os.path.getsize(path),
                "sha256": sha256_of(path),
            }
            for name, path in sorted(self.files.items())
        }
        encoder = self.encoder and {
            "name": public_name(self.encoder),
            "sha256": sha256_of(weights_file(encoder_folder(self.encoder))),
        }
        return {**asdict(self), "files": described, "encoder": encoder, "xner_allennlp": VERSION}


def _told(request: Dict[str, Any]) -> Dict[str, str]:
    """What a user is told of a request that a record holds, by the names of the options."""
    told = {
        _option(name): f"{file['name']} ({file['bytes']:,} bytes, SHA-256 {file['sha256'][:8]})"
        for name, file in request.get("files", {}).items()
    }
    others = {name: value for name, value in request.items() if name != "files"}
    return {**told, **{name: json.dumps(value) for name, value in others.items()}}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def pair_of_names(files: Dict[str, str]) -> str:
    """
    The language codes that the files' names begin with, as in `en.conll` and `nl.vec.gz`; where
    they say none, "source" and "target".
    """
    codes = []
    for language, names in (
        ("source", ("source_corpus", "source_vectors")),
        ("target", ("target_text", "target_vectors")),
    ):
        found = [corpus_of_name(files[name]).language for name in names if name in files]
        codes.append(next(filter(None, found), language))
    return "_".join(codes)


class Record:
    """
    `learn.json` in the folder of a run: the request, and what each finished step has found.

    # Parameters

    folder : `str`
    request : `Dict[str, Any]`
        See [`Request.to_json`](#to_json).

    # Raises

    `ConfigurationError`
        If the folder holds something else, or was begun with another request.
    """

    def __init__(self, folder: str, request: Dict[str, Any]) -> None:
        self._path = os.path.join(folder, RECORD_NAME)
        self.request = request
        self.steps: Dict[str, Dict[str, Any]] = {}
        if os.path.exists(self._path):
            self._read(folder)
            return
        others = [name for name in os.listdir(folder) if not name.startswith(".")]
        if others:
            raise ConfigurationError(
                f"{folder} is not empty and has no {RECORD_NAME}: it was not made by this command. "
                "Choose another folder."
            )
        self._write()

    def finish(self, step: str, result: Dict[str, Any]) -> None:
        """Notes that a step is done."""
        self.steps[step] = result
        self._write()

    def _write(self) -> None:
        with whole_text_file(self._path) as stream:
            content = {"request": self.request, "steps": self.steps}
            stream.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def _read(self, folder: str) -> None:
        try:
            with open(self._path, encoding="utf-8") as stream:
                content = json.load(stream)
            earlier, self.steps = content["request"], content["steps"]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{self._path} is no record of this command ({error}). Choose another folder."
            ) from None
        before, now = _told(earlier), _told(self.request)
        changed = [
            f"{name} was {before.get(name, 'not given')}, is {now.get(name, 'not given')}"
            for name in {**before, **now}
            if before.get(name) != now.get(name)
        ]
        if changed:
            raise ConfigurationError(
                f"{folder} is the folder of another run ({'; '.join(changed)}). Choose another "
                "one, or give the same again to go on."
            )
