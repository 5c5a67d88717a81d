"""
Words of entities in the plane, by t-SNE (Figure 3 a-c of the paper), with vectors, mapping and
corpora found where a run was trained with them.
"""

import json
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional, Tuple

from allennlp.common.checks import ConfigurationError

from experiments.figures.common_encoder import common_encoder_panel
from experiments.figures.embedding_pictures import draw_panels, lay_out
from experiments.figures.entity_words import rows_by_type, types_of_words
from experiments.names import source_codes
from experiments.runs import Run
from xner_allennlp.data import LANGUAGES
from xner_allennlp.mapping import Mapping
from xner_allennlp.models.trained_tagger import labelled_sentences, load_archive, words_and_tags
from xner_allennlp.vectors import read_word_vectors

MAX_WORDS = 200_000
PER_TYPE = 125


class Inputs(NamedTuple):
    """What the figure is made of; by language ("source", "target") the files of `vectors` and of
    labelled sentences, `corpora`. The tagger calls the source language `source`."""

    vectors: Dict[str, str]
    mapping: str
    corpora: Dict[str, str]
    archive: str
    source: str


def inputs_of_run(run: Run) -> Inputs:
    """
    Reads a run's `config.json`. Relative paths in it are relative to the current directory, as they
    were in training. Of several source languages it takes the first of the pair's name.

    # Raises

    `ConfigurationError`
        If a file is not known, or not there any more.
    """
    path = run.folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error})") from None
    embedders = _get(config, "model", "word_embedders") or {}
    corpora = _get(config, "validation_data_path") or {}
    found: Dict[str, Optional[str]] = {"archive": str(run.folder / "model.tar.gz")}
    found["mapping"] = None
    source = f"source_{source_codes(run.pair)[0]}"
    source = source if source in embedders else "source"
    for language, name in zip(LANGUAGES, (source, "target")):
        embedder = embedders.get(name) or {}
        found[f"vectors of {language}"] = embedder.get("pretrained_file")
        found["mapping"] = found["mapping"] or embedder.get("mapping_file")
        found[f"corpus of {language}"] = corpora.get(name) if isinstance(corpora, dict) else None
    for name, file in found.items():
        if not isinstance(file, str):
            raise ConfigurationError(f"{path} names no {name}")
        if not Path(file).exists():
            raise ConfigurationError(
                f"{path} names {file} ({name}), which is not there; run this where it was trained"
            )
    names = {name: str(file) for name, file in found.items()}
    return Inputs(
        {language: names[f"vectors of {language}"] for language in LANGUAGES},
        names["mapping"],
        {language: names[f"corpus of {language}"] for language in LANGUAGES},
        names["archive"],
        source,
    )


def draw_embeddings(
    inputs: Inputs,
    names: Tuple[str, str],
    *,
    per_type: int = PER_TYPE,
    max_words: int = MAX_WORDS,
    seed: int = 13370,
) -> Any:
    """
    Three panels: (a) the vectors as they stand in the files and (b) in the common space, of the
    most frequent entity words; (c) what the common encoder makes of words of entities in sentences.

    # Parameters

    inputs : `Inputs`
    names : `Tuple[str, str]`
        What the languages are called.
    per_type : `int`, optional (default = `125`)
        Number of words of each type and language; with four types 1,000 points, as in the
        paper.
    max_words : `int`, optional (default = `200000`)
        Number of vectors that are read of each file.
    seed : `int`, optional (default = `13370`)

    # Raises

    `ConfigurationError`
        If a file cannot be read, or there are too few words for a picture.
    """
    vectors = {
        language: read_word_vectors(inputs.vectors[language], max_words=max_words)
        for language in LANGUAGES
    }
    archive = load_archive(inputs.archive)
    sentences = {
        name: list(map(words_and_tags, labelled_sentences(archive, inputs.corpora[language], name)))
        for language, name in zip(LANGUAGES, (inputs.source, "target"))
    }
    rows = {
        language: rows_by_type(
            types_of_words(of_language, inputs.corpora[language]),
            vectors[language],
            per_type=per_type,
        )
        for language, of_language in zip(LANGUAGES, sentences.values())
    }
    panels = lay_out(Mapping.load(inputs.mapping), vectors, rows, seed=seed)
    panels["(c) out of the common encoder"] = common_encoder_panel(
        archive, sentences, per_type=per_type, seed=seed
    )
    return draw_panels(panels, names=names)


def _get(config: Any, *keys: str) -> Any:
    for key in keys:
        config = config.get(key) if isinstance(config, dict) else None
    return config
