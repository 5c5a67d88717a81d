"""
Loading a trained tagger, also where this package was not loaded as a plugin. What needs a tagger
says so if it gets another model, or none.
"""

import json
from contextlib import suppress
from os import PathLike, fspath
from os.path import join
from typing import Any, Union

from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import CONFIG_NAME, Archive
from torch.nn import Module

# What an archive's config names is registered by these.
from xner_allennlp import data  # noqa: F401
from xner_allennlp.common import stand_ins
from xner_allennlp.common.strictness import load_strictly
from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger
from xner_allennlp.modules import mapped_embedding, pretrained_encoder, shared_char_lstm  # noqa: F401
from xner_allennlp.modules.encoders import lstm_encoders  # noqa: F401


def load_archive(archive_file: Union[str, "PathLike[str]"], **options: Any) -> Archive:
    """
    AllenNLP's function of this name, for what needs our tagger: the archive is checked, and the
    names in its config are known, whichever part of this package was imported before. A folder
    whose `config.json` names no model, e.g. of a mapping, raises `ConfigurationError`.
    """
    stand_ins.install()
    config: Any = None
    # What is wrong with another folder, or with its config, AllenNLP says.
    with suppress(OSError, ValueError), open(join(archive_file, CONFIG_NAME), "rb") as file:
        config = json.load(file)
    if isinstance(config, dict) and "model" not in config:
        raise ConfigurationError(
            f"{fspath(archive_file)}: its {CONFIG_NAME} names no model; give a model.tar.gz, or "
            "the folder of a finished `allennlp train -s`"
        )
    return load_strictly(archive_file, **options)


def required_tagger(model: Module, needed_by: str) -> CrossLingualCrfTagger:
    """`model`, which `needed_by` needs to be a `cross_lingual_crf_tagger`; raises if it is not."""
    if not isinstance(model, CrossLingualCrfTagger):
        raise ConfigurationError(
            f"{needed_by} needs the model `cross_lingual_crf_tagger`, got {type(model).__name__}"
        )
    return model


def target_tagger(archive: str, needed_by: str) -> CrossLingualCrfTagger:
    """
    The tagger of target sentences in an archive, on the CPU.

    # Raises

    `ConfigurationError` if there is no such archive, or it holds another model.
    """
    try:
        model = load_archive(archive, cuda_device=-1).model
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{needed_by} {archive}: no such archive; train it first"
        ) from error
    tagger = required_tagger(model, f"{needed_by} {archive}")
    if "target" not in tagger.languages:
        raise ConfigurationError(
            f"{needed_by} {archive} has no word vectors of the target language: give a tagger "
            "that was made for it"
        )
    return tagger
