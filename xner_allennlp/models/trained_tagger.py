"""
Loading a trained tagger, also where this package was not loaded as a plugin. What needs a tagger
says so if it gets another model, or none.
"""

import json
from contextlib import suppress
from os import PathLike, fspath
from os.path import isfile, join
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance
from allennlp.models.archival import CONFIG_NAME, Archive
from torch.nn import Module

from xner_allennlp.common import stand_ins
from xner_allennlp.common.archives.making import ARCHIVE_NAME
from xner_allennlp.common.strictness import load_strictly

# What an archive's config names is registered by this, and by the modules below.
from xner_allennlp.data import ConllNerReader, IndexedSentences
from xner_allennlp.models.cross_lingual_crf_tagger import CrossLingualCrfTagger
from xner_allennlp.modules import mapped_embedding, pretrained_encoder, shared_char_lstm  # noqa: F401
from xner_allennlp.modules.encoders import lstm_encoders  # noqa: F401


def load_archive(archive_file: Union[str, "PathLike[str]"], **options: Any) -> Archive:
    """
    AllenNLP's function of this name, for what needs our tagger: the archive is checked, and the
    names in its config are known, whichever part of this package was imported before. Of the folder
    of `xner-tagger learn`, which is no run itself, the archive in it is loaded. A folder whose
    `config.json` names no model, e.g. of a mapping, raises `ConfigurationError`.
    """
    stand_ins.install()
    if isfile(join(archive_file, ARCHIVE_NAME)) and not isfile(join(archive_file, CONFIG_NAME)):
        archive_file = join(archive_file, ARCHIVE_NAME)
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


def labelled_sentences(
    archive: Archive, path: Union[str, "PathLike[str]"], language: str
) -> List[Instance]:
    """
    The sentences of a labelled file of `language` as `allennlp evaluate` reads them: by the
    archive's reader for validation, with its options.

    # Raises

    `ConfigurationError` for another reader than `conll_ner`, and for a file that cannot be read or
    has no tags.
    """
    reader = archive.validation_dataset_reader
    if not isinstance(reader, ConllNerReader):
        raise ConfigurationError(
            f"the archive has the reader {type(reader).__name__}: give a tagger whose dataset "
            "reader is conll_ner"
        )
    instances = list(reader.for_scoring(language).read(path))
    if not all("tags" in instance.fields for instance in instances):
        raise ConfigurationError(
            f"{path}: this file has no tags, or masked ones, so there are no gold tags to compare "
            "with; give a labelled file"
        )
    return instances


def words_and_tags(instance: Instance) -> Tuple[List[str], List[str]]:
    """Of a sentence of `labelled_sentences`."""
    return instance["metadata"]["words"], instance["tags"].labels


class TargetTagger(NamedTuple):
    """
    A trained tagger of target sentences.

    model : the tagger, on the CPU until it is moved.
    reader : that of its archive, which knows what its words are spelled with.
    """

    model: CrossLingualCrfTagger
    reader: ConllNerReader

    def read(self, instances: Sequence[Instance]) -> IndexedSentences:
        """
        Target sentences as this tagger reads them, whichever reader has made them: another tagger's
        may spell words with characters where this one needs the pieces of its encoder.
        """
        own = [self.reader.text_to_instance(each["metadata"]["words"]) for each in instances]
        for instance in own:
            self.reader.apply_token_indexers(instance)
        return IndexedSentences(own, self.model.vocab)


def target_tagger(archive_file: str, needed_by: str) -> TargetTagger:
    """
    The tagger of target sentences in an archive. The random generator stays as it was.

    # Raises

    `ConfigurationError` if there is no such archive, or it holds another model, one without word
    vectors of the target language, or another reader than `conll_ner`.
    """
    try:
        # Making a model draws its first weights; what is trained beside it must find the generator
        # as it was, also when it goes on after an interruption.
        with torch.random.fork_rng(devices=[]):
            archive = load_archive(archive_file, cuda_device=-1)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{needed_by} {archive_file}: no such archive; train it first"
        ) from error
    model = required_tagger(archive.model, f"{needed_by} {archive_file}")
    if "target" not in model.languages:
        raise ConfigurationError(
            f"{needed_by} {archive_file} has no word vectors of the target language: give a tagger "
            "that was made for it"
        )
    reader = archive.validation_dataset_reader
    if not isinstance(reader, ConllNerReader):
        raise ConfigurationError(
            f"{needed_by} {archive_file} has the reader {type(reader).__name__}: give a tagger "
            "whose dataset reader is conll_ner"
        )
    return TargetTagger(model, reader.for_prediction("target"))
