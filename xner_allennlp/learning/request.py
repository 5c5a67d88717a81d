"""What is asked of `Learning`, and the record in its folder by which the same request goes on."""

import json
import os
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.checksums import sha256_of
from xner_allennlp.common.corpus_names import language_and_split
from xner_allennlp.common.encoder_files import public_name, weights_file
from xner_allennlp.common.same_content import have_same_content
from xner_allennlp.common.usable_device import usable_device
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
OF_EACH_SOURCE = ("source_corpus", "source_vectors", "source_dev")
"""Of which there is one for each source language."""
RECORD_NAME = "learn.json"
LARGEST_SEED = 2**31
"""NumPy takes those below 2^32, and what is added for further restarts is small."""

_DEVICES = {"cpu": -1, "-1": -1, "cuda": 0}


@dataclass(frozen=True)
class Request:
    """
    # Parameters

    files : `Dict[str, str]`
        By the names of `INPUT_FILES`; those of dev and test sets may be missing, and with an
        encoder those of vectors must be. Of several source languages each has its own, e.g.
        "source_en_corpus" and "source_es_corpus".
    pair : `str`
        The language codes, e.g. "en_nl", or "en+es_nl" with several source languages.
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
        From 0 to `LARGEST_SEED`.
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
                raise ConfigurationError(f"{option(name)}: there is no file {path}.")
        sides = self.pair.split("_")
        if len(sides) != 2 or not all(code.isalnum() for code in [*sides[0].split("+"), sides[1]]):
            raise ConfigurationError(
                f"--pair is {self.pair!r}; give two codes, e.g. en_nl, or, of several source "
                "languages, en+es_nl."
            )
        codes = list(self.languages.values())
        if len(set(codes)) < len(codes):
            raise ConfigurationError(
                f"--pair is {self.pair!r}: "
                + ("the two" if len(codes) == 2 else "two of the")
                + " languages are the same."
            )
        missing = [name for name in self._wanted("corpus") if name not in self.files]
        if missing:
            raise ConfigurationError(f"{option(missing[0])} is missing.")
        self._check_vectors()
        self._check_different()
        number = _number(self.device)
        if self.device not in _DEVICES and not number.isdecimal():
            raise ConfigurationError(
                f"--device is {self.device!r}; give cpu, cuda or the number of a GPU, e.g. 0."
            )
        usable_device("cpu" if self.cuda_device < 0 else f"cuda:{self.cuda_device}")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ConfigurationError(
                f"--seed is {self.seed}; give a number from 0 to {LARGEST_SEED:,}."
            )
        if self.recipe not in RECIPES:
            raise ConfigurationError(f"There is no recipe {self.recipe!r}.")

    def _check_vectors(self) -> None:
        wanted = [*self._wanted("vectors"), "target_vectors"]
        given = [name for name in wanted if name in self.files]
        if self.encoder is not None and given:
            raise ConfigurationError(
                f"{option(given[0])} and --encoder are both given. An encoder takes the place of "
                "word vectors: leave out the one or the other."
            )
        if self.encoder is None and not given:
            raise ConfigurationError(
                "Give word vectors of all languages (--source-vectors, --target-vectors), or a "
                "pretrained multilingual encoder (--encoder)."
            )
        missing = [name for name in wanted if name not in self.files]
        if given and missing:
            raise ConfigurationError(
                f"{option(missing[0])} is missing: word vectors of all languages are needed."
            )

    def _check_different(self) -> None:
        """Of the target language a file may be given twice: nobody learns from its tags."""
        for (name, path), (other_name, other) in combinations(self.files.items(), 2):
            are_targets = name.startswith("target") and other_name.startswith("target")
            if not are_targets and have_same_content(path, other):
                raise ConfigurationError(
                    f"{option(name)} and {option(other_name)} are the same file, or copies of it "
                    f"({path}, {other}). Give for each a file of its own."
                )

    def _wanted(self, what: str) -> List[str]:
        """The names of a kind of files of each source language."""
        return [f"{name}_{what}" for name in self.sources]

    @property
    def cuda_device(self) -> int:
        """As AllenNLP numbers them: -1 is the CPU."""
        named = _DEVICES.get(self.device)
        return int(_number(self.device)) if named is None else named

    @property
    def sources(self) -> Dict[str, str]:
        """The code of each source language by the name that it has in the tagger."""
        return _sources(self.pair)

    @property
    def target_language(self) -> str:
        return self.pair.split("_")[1]

    @property
    def languages(self) -> Dict[str, str]:
        """As `sources`, and the target's."""
        return {**self.sources, "target": self.target_language}

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
        option(name): f"{file['name']} ({file['bytes']:,} bytes, SHA-256 {file['sha256'][:8]})"
        for name, file in request.get("files", {}).items()
    }
    others = {name: value for name, value in request.items() if name != "files"}
    return {**told, **{name: json.dumps(value) for name, value in others.items()}}


def _sources(pair: str) -> Dict[str, str]:
    codes = pair.split("_")[0].split("+")
    return {"source": codes[0]} if len(codes) == 1 else {f"source_{code}": code for code in codes}


def option(name: str) -> str:
    """How a user gives the file of this name."""
    side, *language, what = name.split("_")
    return f"--{side}-{what}" + "".join(f" ({code})" for code in language)


def _number(device: str) -> str:
    """Of "1" and "cuda:1" the number."""
    return device.removeprefix("cuda:")


def files_and_pair(
    options: Mapping[str, Sequence[str]], pair: Optional[str] = None
) -> Tuple[Dict[str, str], str]:
    """
    The `files` and the `pair` of a request.

    # Parameters

    options : `Mapping[str, Sequence[str]]`
        By the names of `INPUT_FILES` the files that were given; those `OF_EACH_SOURCE` in the order
        of the source languages.
    pair : `str`, optional
        By default the language codes that the files' names begin with, as in `en.conll` and
        `nl.vec.gz` (or `cc.nl.300.vec.gz`); where they say none, or twice the same, "source" and
        "target".

    # Raises

    `ConfigurationError`
        If one option has more files than another, or the names of several source languages are
        missing or repeated.
    """
    number = len(options["source_corpus"])
    for name in OF_EACH_SOURCE:
        if len(options.get(name, ())) not in (0, number):
            raise ConfigurationError(
                f"number of files: {option(name)} {len(options[name])}, --source-corpus {number}. "
                "Give one for each source language, in the same order."
            )
    if pair is None:
        of_source = ("source_corpus", "source_vectors")
        codes = [_code_of(options, of_source, place) for place in range(number)]
        target = _code_of(options, ("target_text", "target_vectors"))
        is_told = None not in codes and len({*codes, target}) > number
        if number > 1 and not is_told:
            raise ConfigurationError(
                "the names of the files do not say which languages they are of: give --pair, e.g. "
                "en+es_nl."
            )
        if codes == [target]:
            codes, target = [None], None
        pair = f"{'+'.join(code or 'source' for code in codes)}_{target or 'target'}"
    sources = list(_sources(pair))
    if len(sources) != number:
        raise ConfigurationError(
            f"--pair is {pair!r}: number of source languages {len(sources)}, of files of "
            f"--source-corpus {number}. Give one for each, in the same order."
        )
    files: Dict[str, str] = {}
    for name, paths in options.items():
        if name in OF_EACH_SOURCE:
            what = name.split("_")[1]
            files.update(zip([f"{source}_{what}" for source in sources], paths))
        elif paths:
            files[name] = paths[0]
    return files, pair


def _code_of(
    options: Mapping[str, Sequence[str]], names: Sequence[str], place: int = 0
) -> Optional[str]:
    """What the first of these options whose file at `place` says a language says."""
    found = [language_and_split(options[name][place])[0] for name in names if options.get(name)]
    return next(filter(None, found), None)


class Record:
    """
    `learn.json` in the folder of a run: the request, and what each finished step has found.

    # Parameters

    folder : `str`
    request : `Dict[str, Any]`
        See [`Request.to_json`](#to_json).

    # Raises

    `ConfigurationError`
        If the folder holds something else, or steps that were finished for another request.
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
        if not self.steps:
            # Something that was given was wrong: nothing was done, so it may be mended.
            self._write()
            return
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
