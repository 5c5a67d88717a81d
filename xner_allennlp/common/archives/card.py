"""
The card of a tagger: `README.md` in its archive, with the YAML head that model hubs read. It says
what the tagger was made of and how good it is, and names files without their folders.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

import torch
from allennlp.common.meta import META_NAME
from allennlp.models.archival import CONFIG_NAME

from xner_allennlp.common.archives.private_paths import without_private_paths
from xner_allennlp.common.card_file import CARD_NAME
from xner_allennlp.common.checksums import sha256_of
from xner_allennlp.common.corpus_names import language_and_split
from xner_allennlp.common.encoder_files import public_name, weights_file
from xner_allennlp.common.validation_metric import validation_metric
from xner_allennlp.version import VERSION

# While this line stands in a run's card, the card is written anew with each archive.
_MARK = "# Written by xner_allennlp. Remove this line to keep your changes."

# Of several source languages each has a name, e.g. "source_en".
_SCORE = re.compile(
    r"(best_validation|test)_(source(?:_[\w-]+?)??|target)_(precision|recall|f1)(?:_(.+))?"
)
_SETS = {"best_validation": "development", "test": "test"}
_MEASURES = ("precision", "recall", "f1")
_CHOSEN_ON = {
    "source_f1": "F1 on the source development set, without any label of the target language",
    "translated_dev_f1": "F1 on the translated source development set, without any label of the "
    "target language",
    "agreement_f1": "the agreement with another tagger on raw target text",
    "target_f1": "F1 on the target development set, which needs labels of the target language",
    "target_test_f1": "F1 on the target test set, so its scores there say nothing",
}

_ENCODER = "pretrained encoder"
_MAPPING = "mapping"

_Json = Dict[str, Any]
# By set and entity type ("" for all): precision, recall and F1.
_Scores = Dict[Tuple[str, str], Dict[str, Dict[str, float]]]


def card_of_run(folder: str, weights: str = "best.th") -> str:
    """
    The card of an archive of a run's weights: the run's own `README.md` where the user has made it
    his, else a new one.

    # Parameters

    folder : `str`
        The serialization directory of a `cross_lingual_crf_tagger`.
    weights : `str`, optional (default = `"best.th"`)
        The name of the file of weights in the archive.
    """
    own = os.path.join(folder, CARD_NAME)
    if os.path.isfile(own):
        with open(own, encoding="utf-8") as file:
            text = file.read()
        if _MARK not in text:
            return text
    config = _read_json(folder, CONFIG_NAME)
    metrics = _read_json(folder, "metrics.json")
    data = list(_data_files(config))
    targets = (language_and_split(path)[0] for role, path in data if role.startswith("target"))
    language = next(filter(None, targets), "")
    scores = _scores(metrics) if weights == "best.th" else {}
    if "averaged_epochs" in metrics:
        # Those on the development sets are of the epoch that training chose.
        scores = {key: of_set for key, of_set in scores.items() if key[1] == _SETS["test"]}
    return "\n".join(
        [
            *_head(language, scores, config),
            *_opening(language, _entity_types(folder), _encoder(config)),
            *_choice(config, metrics, weights),
            *_score_lines(scores),
            *_mapping_lines(config),
            *_data_lines(data),
            *_version_lines(folder),
            "## Licence",
            "",
            "To be filled in, here and in the head: the licences of the corpora and word vectors",
            "above decide what is allowed.",
            "",
        ]
    )


def _head(language: str, scores: _Scores, config: _Json) -> Iterator[str]:
    yield from ("---", _MARK)
    if language:
        yield f"language: {json.dumps([language])}"
    yield 'license: "other"'
    yield 'license_name: "to be filled in"'
    yield 'library_name: "xner_allennlp"'
    yield 'pipeline_tag: "token-classification"'
    kind = "" if _encoder(config) else ', "zero-resource"'
    yield f'tags: ["named-entity-recognition", "cross-lingual"{kind}]'
    f1 = scores.get(("target", "test"), {}).get("", {}).get("f1")
    if f1 is not None:
        name = json.dumps(_name(str(_of_language(config, "test_data_path", "target"))))
        yield "model-index:"
        yield f"- name: {json.dumps(f'{language} named-entity tagger'.strip())}"
        yield "  results:"
        yield '  - task: {"type": "token-classification", "name": "named-entity recognition"}'
        yield f'    dataset: {{"type": {name}, "name": {name}}}'
        yield f'    metrics: [{{"type": "f1", "value": {f1:.4f}}}]'
    yield from ("---", "")


def _opening(language: str, types: List[str], encoder: Optional[str]) -> Iterator[str]:
    yield f"# Named-entity tagger{f' for {language}' if language else ''}"
    yield ""
    if encoder:
        yield f"A CRF on the pretrained multilingual encoder {public_name(encoder)}. If the encoder"
        yield "was pretrained on parallel text, this tagger is not zero-resource. It was made with"
    else:
        yield "A biLSTM-CRF on cross-lingual word vectors (Bari, Joty and Jwalapuram, AAAI 2020),"
        yield "made with"
    yield "[AllenNLP](https://github.com/allenai/allennlp) and xner_allennlp."
    yield f"It finds: {', '.join(types)}."
    yield ""
    yield "    allennlp predict model.tar.gz input.txt --include-package xner_allennlp"
    yield ""


def _choice(config: _Json, metrics: _Json, weights: str) -> Iterator[str]:
    metric = validation_metric(config)
    key = "best_epoch"
    if weights != "best.th":
        metric = weights[len("best_") : -len(".th")]
        key = f"best_{metric}_epoch"
    yield "## How the weights were chosen"
    yield ""
    if weights == "best.th" and "averaged_epochs" in metrics:
        number = metrics["averaged_epochs"]
        yield f"No epoch was chosen: they are the mean of those at the last {number} validations."
        yield ""
        return
    on = _CHOSEN_ON.get(metric, f"`{metric}`" if key in metrics else f"the file `{weights}`")
    after = f", after validation {metrics[key] + 1}" if key in metrics else ""
    yield f"By {on}{after}."
    if not metrics:
        yield "Training was interrupted: these are the best weights so far."
    yield ""


def _scores(metrics: _Json) -> _Scores:
    scores: _Scores = {}
    for key, value in metrics.items():
        match = _SCORE.fullmatch(key)
        if match:
            part, language, measure, kind = match.groups()
            of_set = scores.setdefault((language, _SETS[part]), {})
            of_set.setdefault(kind or "", {})[measure] = value
    return scores


def _score_lines(scores: _Scores) -> Iterator[str]:
    yield "## Scores"
    yield ""
    if not scores:
        yield "Not known."
    else:
        yield "Exact entities in percent, by conlleval's rule."
        yield ""
        yield "| language, set | type | precision | recall | F1 |"
        yield "|---|---|--:|--:|--:|"
    for (language, part), of_set in sorted(scores.items()):
        for kind, values in sorted(of_set.items()):
            numbers = " | ".join(f"{100 * values.get(name, 0.0):.2f}" for name in _MEASURES)
            yield f"| {language}, {part} | {kind or 'all'} | {numbers} |"
    yield ""


def _mapping_lines(config: _Json) -> Iterator[str]:
    files = [(role, path) for role, path in _data_files(config) if role.endswith(_MAPPING)]
    if files:
        yield "## Mapping of the word vectors"
        yield ""
    for role, path in files:
        if role != _MAPPING:
            yield f"{role}:"
            yield ""
        yield from _lines_of_mapping(_read_json(os.path.dirname(path), "metrics.json"))
        yield ""


def _lines_of_mapping(found: _Json) -> Iterator[str]:
    if "verdict" not in found:
        yield "Nothing is known of how it was learned."
    else:
        tried = len(found.get("restarts", ()))
        of_seeds = f", the best of {tried} seeds by the unsupervised criterion" * (tried > 1)
        yield f"Preset `{found.get('preset')}`, {found.get('direction')}{of_seeds}."
        yield f"The verdict: {found['verdict']['summary']}."
    for direction in ("source_to_target", "target_to_source"):
        precision = found.get("precision", {}).get(direction, {}).get("csls_precision_at_1")
        if precision is not None:
            yield f"Precision@1 on a dictionary, {direction}: {100 * precision:.1f} %."


def _data_lines(data: List[Tuple[str, str]]) -> Iterator[str]:
    yield "## Made of"
    yield ""
    yield "| what | file | SHA-256 |"
    yield "|---|---|---|"
    for role, path in data:
        file, name = path, _name(path)
        if role == _ENCODER:
            file, name = str(weights_file(Path(path))), public_name(path)
        checksum = f"`{sha256_of(file)}`" if os.path.isfile(file) else "not at hand"
        yield f"| {role} | {name} | {checksum} |"
    yield ""


def _version_lines(folder: str) -> Iterator[str]:
    allennlp = _read_json(folder, META_NAME).get("version", "not known")
    yield "## Versions"
    yield ""
    yield f"xner_allennlp {VERSION}, AllenNLP {allennlp}, torch {torch.__version__.split('+')[0]}"
    yield ""


def _data_files(config: _Json) -> Iterator[Tuple[str, str]]:
    """What each file is, and its path."""
    for key, what in (
        ("train_data_path", "train"),
        ("validation_data_path", "development"),
        ("test_data_path", "test"),
    ):
        paths = config.get(key)
        for language in sorted(paths) if isinstance(paths, dict) else ():
            path = _of_language(config, key, language)
            if path:
                yield f"{language}, {what}", path
    embedders = config.get("model", {}).get("word_embedders") or {}
    encoder = _encoder(config)
    if encoder:
        yield _ENCODER, encoder
    for language, embedder in sorted(embedders.items()):
        if embedder.get("pretrained_file") and not encoder:
            yield f"{language}, word vectors", str(embedder["pretrained_file"])
    mappings = {
        language: embedder["mapping_file"]
        for language, embedder in sorted(embedders.items())
        if embedder.get("mapping_file")
    } or config.get("dataset_reader", {}).get("mapping_file", {})
    if isinstance(mappings, dict):
        # The target's is that of one of the sources.
        distinct = {str(path): language for language, path in reversed(mappings.items())}
    else:
        distinct = {str(mappings): "source"}
    for path, language in sorted(distinct.items(), key=lambda item: item[1]):
        yield _MAPPING if len(distinct) == 1 else f"{language}, {_MAPPING}", path


def _encoder(config: Mapping[str, Any]) -> Optional[str]:
    """The pretrained encoder of this run, or of the run that it started from."""
    model = config.get("model", {})
    for embedder in (model.get("word_embedders") or {}).values():
        if embedder.get("type") == "pretrained_encoder":
            own = embedder.get("pretrained_file")
            start = model.get("pretrained_file")
            if start and not own:
                own = _encoder(_read_json(os.path.dirname(start), CONFIG_NAME))
            return str(own or "(its name is not known)")
    return None


def _of_language(config: Mapping[str, Any], key: str, language: str) -> Optional[str]:
    paths = config.get(key)
    path = paths.get(language) if isinstance(paths, dict) else None
    return path if isinstance(path, str) else None


def _name(path: str) -> str:
    """The name of a file, also of one with an address, without what may be private."""
    return os.path.basename(without_private_paths(path))


def _entity_types(folder: str) -> List[str]:
    path = os.path.join(folder, "vocabulary", "labels.txt")
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8") as file:
        kinds = {label.partition("-")[2] for label in file.read().split("\n")}
    return sorted(filter(None, kinds))


def _read_json(folder: str, name: str) -> _Json:
    """Empty if the file is not there."""
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return {}
    with open(path, encoding="utf-8") as file:
        content: _Json = json.load(file)
    return content
