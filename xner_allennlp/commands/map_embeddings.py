"""
The `map-embeddings` subcommand learns the mapping between the word vectors of two languages
(Algorithm 1, stage 1). It behaves as `train` does: it takes a configuration file and a directory
for what it makes.

The directory gets

* `mapping.npz`, the mapping (see `xner_allennlp.mapping.Mapping`),
* `metrics.json`, the verdict (`failed`), the criterion at every stage, dictionary sizes, times,
  what was repaired in the vector files and, if a dictionary was given, precision@1/5/10,
* `steps.tsv`, `criterion.png` and `log/` (TensorBoard), the same step by step,
* `config.json`, the configuration with all overrides, `meta.json` and the log `out.log`,
* `source.vec.gz` and `target.vec.gz`, the vectors in the common space, only where
  `write_mapped_vectors` asks for them,
* `checkpoint/` while it works, from which `--recover` goes on after an interruption.

A mapping that has failed is saved all the same, and the command ends with exit status 3.
"""

import argparse
import json
import logging
import os
import sys
from os import PathLike
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np
from allennlp.commands.subcommand import Subcommand
from allennlp.common import FromParams, Params
from allennlp.common import logging as common_logging
from allennlp.common.checks import ConfigurationError
from allennlp.common.meta import META_NAME, Meta
from allennlp.models.archival import CONFIG_NAME

from xner_allennlp.common import remove_unfinished, whole_text_file
from xner_allennlp.common.arguments import mistakes_told
from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.common.same_content import have_same_content
from xner_allennlp.common.settings import warn_of_unknown_settings
from xner_allennlp.mapping import (
    Checkpoint,
    Mapping,
    WordVectorMapper,
    evaluate_mapping,
    read_dictionary,
    write_mapped_vectors,
)
from xner_allennlp.mapping.dictionary import check_direction
from xner_allennlp.mapping.journal import Journal
from xner_allennlp.mapping.mapper import failure_message
from xner_allennlp.vectors import WordVectors, read_word_vectors

logger = logging.getLogger(__name__)

MAPPING_NAME = "mapping.npz"
METRICS_NAME = "metrics.json"
CHECKPOINT_NAME = "checkpoint"
FAILED_STATUS = 3


class MappingFailed(Exception):
    """The mapping is saved, but the verdict on it is that it has failed."""


@Subcommand.register("map-embeddings")
class MapEmbeddings(Subcommand):
    """Registered as a `Subcommand` with name "map-embeddings"."""

    def add_subparser(
        self, parser: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        description = """Learn the mapping between the word vectors of two languages, by default
                         without a dictionary: a start (adversarial training), then refinement by
                         Procrustes on dictionaries induced with CSLS. Presets of the mapper: paper,
                         cpu, robust, supervised, semi_supervised, multilingual_encoder. Writes
                         DIR/mapping.npz."""
        subparser = parser.add_parser(
            self.name,
            description=description,
            help="Map the word vectors of two languages into one space.",
        )
        subparser.add_argument(
            "param_path",
            type=str,
            metavar="CONFIG",
            help="path to the configuration file: the two vector files and the mapper's settings",
        )
        subparser.add_argument(
            "-s",
            "--serialization-dir",
            required=True,
            type=str,
            metavar="DIR",
            help="directory in which to save mapping.npz, metrics.json and the log",
        )
        subparser.add_argument(
            "-f",
            "--force",
            action="store_true",
            help="overwrite the output directory if it exists",
        )
        subparser.add_argument(
            "-r",
            "--recover",
            action="store_true",
            help="go on with the interrupted run in the output directory",
        )
        subparser.add_argument(
            "--accept-failure",
            action="store_true",
            help=f"end well although the mapping has failed (else: exit status {FAILED_STATUS})",
        )
        subparser.add_argument(
            "-o",
            "--overrides",
            type=str,
            default="",
            help=(
                "a json(net) structure used to override the configuration, e.g., "
                '\'{"mapper.preset": "robust"}\'. Nested parameters can be '
                "specified either with nested dictionaries or with dot syntax."
            ),
        )
        subparser.add_argument(
            "--file-friendly-logging",
            action="store_true",
            default=False,
            help="outputs tqdm status on separate lines and slows tqdm refresh rate",
        )
        subparser.set_defaults(func=map_embeddings_from_args)
        return subparser


class MappingInput(NamedTuple):
    """What a mapping is learned from, read and checked; `pairs` are what `check` finds."""

    source: WordVectors
    target: WordVectors
    pairs: np.ndarray
    evaluation_dictionary: Optional[List[Tuple[str, str]]]


class MappingExperiment(FromParams):
    """
    The configuration of `map-embeddings`.

    # Parameters

    source_vectors, target_vectors : `str`
        Files of word vectors, most frequent word first (see `read_word_vectors`).
    mapper : `WordVectorMapper`, optional
        How the mapping is learned: a `"preset"` and any options (default: the paper's settings,
        source to target).
    lowercase : `bool`, optional (default = `False`)
        Lower-case the words; of words that become equal the most frequent one stays.
    max_words : `int`, optional (default = `200000`)
        How many words of each file are read.
    seed_dictionary : `str`, optional
        A dictionary for the mapper's start `"dictionary"`: a source word and a target word a line.
    evaluation_dictionary : `str`, optional
        If given, precision@1/5/10 is reported. It is never learned from.
    evaluation_words : `int`, optional
        Number of most frequent words of either language among which precision is measured (default:
        all).
    write_mapped_vectors : `bool`, optional (default = `False`)
        Also write both languages' vectors in the common space.
    """

    def __init__(
        self,
        source_vectors: str,
        target_vectors: str,
        *,
        mapper: Optional[WordVectorMapper] = None,
        max_words: int = 200_000,
        lowercase: bool = False,
        seed_dictionary: Optional[str] = None,
        evaluation_dictionary: Optional[str] = None,
        evaluation_words: Optional[int] = None,
        write_mapped_vectors: bool = False,
    ) -> None:
        check_at_least_one(max_words=max_words, evaluation_words=evaluation_words)
        self._source_path = source_vectors
        self._target_path = target_vectors
        self._mapper = mapper or WordVectorMapper()
        self._max_words = max_words
        self._lowercase = lowercase
        self._seed_dictionary = seed_dictionary
        self._evaluation_dictionary = evaluation_dictionary
        self._evaluation_words = evaluation_words
        self._write_mapped_vectors = write_mapped_vectors
        for name, path in self.inputs():
            if not os.path.isfile(path):
                raise ConfigurationError(f"{name}: there is no file {path}. Correct the path.")
        if have_same_content(source_vectors, target_vectors):
            raise ConfigurationError(
                f"{source_vectors} and {target_vectors} are the same file, or copies of it. Give "
                "vectors of two languages."
            )

    def inputs(self) -> List[Tuple[str, str]]:
        """The setting and the path of every file that is read."""
        inputs = {
            "source_vectors": self._source_path,
            "target_vectors": self._target_path,
            "seed_dictionary": self._seed_dictionary,
            "evaluation_dictionary": self._evaluation_dictionary,
        }
        return [(name, path) for name, path in inputs.items() if path is not None]

    def folders(self) -> List[Tuple[str, str]]:
        """The same of every folder: that of the encoder which a start may have."""
        encoder = self._mapper.options.start.as_dict().get("encoder", "")
        return [("start.encoder", encoder)] if os.path.isdir(encoder) else []

    def read(self) -> MappingInput:
        """Reads all files, and raises what is wrong with them."""
        source, target = (
            read_word_vectors(path, max_words=self._max_words, lowercase=self._lowercase)
            for path in (self._source_path, self._target_path)
        )
        seed_dictionary, evaluation_dictionary = (
            None if path is None else _read_dictionary(path, source, target)
            for path in (self._seed_dictionary, self._evaluation_dictionary)
        )
        pairs = self._mapper.check(source, target, seed_dictionary=seed_dictionary)
        return MappingInput(source, target, pairs, evaluation_dictionary)

    def check_same_work(self, given: MappingInput, directory: Union[str, PathLike[str]]) -> None:
        """Raises `ConfigurationError` if other work was interrupted in `directory`."""
        checkpoint = Checkpoint(os.path.join(directory, CHECKPOINT_NAME))
        checkpoint.check_same_work(self._mapper.describe(given.source, given.target, given.pairs))

    def run(
        self, given: MappingInput, directory: Union[str, PathLike[str]]
    ) -> Tuple[Mapping, Dict[str, Any]]:
        """Learns the mapping, writes it and its metrics into `directory`, and returns both."""
        source, target = given.source, given.target
        checkpoint = Checkpoint(os.path.join(directory, CHECKPOINT_NAME))
        journal = Journal(directory)
        mapping, metrics = self._mapper.map(
            source, target, pairs=given.pairs, checkpoint=checkpoint, observer=journal
        )
        journal.close()
        mapping.save(os.path.join(directory, MAPPING_NAME))
        if given.evaluation_dictionary:
            metrics["precision"] = evaluate_mapping(
                mapping,
                source,
                target,
                given.evaluation_dictionary,
                neighbours=self._mapper.options.neighbours,
                max_words=self._evaluation_words,
            )
        with whole_text_file(os.path.join(directory, METRICS_NAME)) as stream:
            json.dump(metrics, stream, indent=2)
            stream.write("\n")
        if self._write_mapped_vectors:
            for language, vectors in (("source", source), ("target", target)):
                path = os.path.join(directory, f"{language}.vec.gz")
                write_mapped_vectors(mapping, vectors, language, path)
        checkpoint.remove()
        return mapping, metrics


def _read_dictionary(path: str, source: WordVectors, target: WordVectors) -> List[Tuple[str, str]]:
    pairs = read_dictionary(path)
    check_direction(pairs, source, target, path)
    return pairs


@mistakes_told
def map_embeddings_from_args(args: argparse.Namespace) -> None:
    """Just converts from an `argparse.Namespace` object to parameters."""
    warn_of_unknown_settings()
    common_logging.FILE_FRIENDLY_LOGGING = args.file_friendly_logging
    try:
        map_embeddings(
            Params.from_file(args.param_path, args.overrides),
            args.serialization_dir,
            force=args.force,
            recover=args.recover,
            accept_failure=args.accept_failure,
        )
    except MappingFailed as failure:
        logger.error("%s", failure)
        sys.exit(FAILED_STATUS)


def map_embeddings(
    params: Params,
    serialization_dir: Union[str, PathLike[str]],
    *,
    force: bool = False,
    recover: bool = False,
    accept_failure: bool = False,
) -> Mapping:
    """
    Learns a mapping as `params` say and saves it in `serialization_dir`.

    # Parameters

    params : `Params`
        The constructor arguments of [`MappingExperiment`](#mappingexperiment).
    serialization_dir : `Union[str, PathLike]`
    force : `bool`, optional (default = `False`)
        If `True`, we will overwrite the serialization directory if it already exists.
    recover : `bool`, optional (default = `False`)
        If `True`, go on with the interrupted run in the serialization directory; the result is that
        of a run which was not interrupted.
    accept_failure : `bool`, optional (default = `False`)
        If `True`, a mapping that has failed is only warned of.

    # Raises

    `ConfigurationError`
        If settings or input are wrong, or the directory is not empty and neither `force` nor
        `recover` is given.
    `MappingFailed`
        If the verdict on the mapping is that it has failed. Everything is written by then.
    """
    configuration = params.duplicate()
    experiment = MappingExperiment.from_params(params)
    if force and recover:
        raise ConfigurationError("--force and --recover contradict each other: choose one.")
    if recover or not os.path.exists(os.path.join(serialization_dir, CONFIG_NAME)):
        # What a killed run was writing.
        remove_unfinished(serialization_dir)
        remove_unfinished(os.path.join(serialization_dir, CHECKPOINT_NAME))
    goes_on = recover and _is_interrupted(serialization_dir)
    if not goes_on:
        _check_directory(serialization_dir, force, experiment)
    # Before the directory is touched: a mistake must not cost what is in it.
    given = experiment.read()
    if goes_on:
        experiment.check_same_work(given, serialization_dir)
    else:
        _prepare_directory(serialization_dir, force)
    configuration.to_file(os.path.join(serialization_dir, CONFIG_NAME))
    Meta.new().to_file(os.path.join(serialization_dir, META_NAME))
    common_logging.prepare_global_logging(serialization_dir)

    mapping, metrics = experiment.run(given, serialization_dir)
    logger.info("Metrics: %s", json.dumps(_headline(metrics), indent=2))
    logger.info("Wrote %s", os.path.join(serialization_dir, MAPPING_NAME))
    if metrics["failed"] and not accept_failure:
        raise MappingFailed(failure_message(metrics))
    return mapping


def _is_interrupted(directory: Union[str, PathLike[str]]) -> bool:
    """
    # Raises

    `ConfigurationError`
        If there is nothing left to do, or another program's run is there.
    """
    if os.path.isdir(os.path.join(directory, CHECKPOINT_NAME)):
        return True
    if os.path.exists(os.path.join(directory, MAPPING_NAME)):
        raise ConfigurationError(
            f"{directory}: the run there is finished, there is nothing to recover. Use its "
            f"{MAPPING_NAME}, or --force to do it again."
        )
    path = os.path.join(directory, CONFIG_NAME)
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as stream:
        if '"source_vectors"' not in stream.read():
            raise ConfigurationError(
                f"{path} is not of a mapping: there is none to go on with. Choose another "
                "serialization directory."
            )
    # Interrupted before anything was learned.
    return True


def _check_directory(
    directory: Union[str, PathLike[str]], force: bool, experiment: MappingExperiment
) -> None:
    root = os.path.realpath(directory)
    if os.path.exists(root) and not os.path.isdir(root):
        raise ConfigurationError(f"{directory} is a file. Choose another serialization directory.")
    if os.path.isdir(root) and os.listdir(root):
        if not force:
            raise ConfigurationError(
                f"Serialization directory ({directory}) already exists and is not empty. Specify "
                "--recover to go on with a run that was interrupted there, --force to overwrite "
                "it, or choose another one."
            )
        for name, path in [*experiment.inputs(), *experiment.folders()]:
            if os.path.commonpath([root, os.path.realpath(path)]) == root:
                raise ConfigurationError(
                    f"--force would delete {path} ({name}), which is in {directory}. Choose "
                    "another serialization directory."
                )


def _prepare_directory(directory: Union[str, PathLike[str]], force: bool) -> None:
    # Imported here because it takes seconds, and `allennlp --help` imports this file.
    from allennlp.training.util import create_serialization_dir

    create_serialization_dir(Params({}), directory, recover=False, force=force)
    os.makedirs(directory, exist_ok=True)


def _headline(metrics: Dict[str, Any]) -> Dict[str, Any]:
    """The metrics without the history of every restart."""
    return {name: value for name, value in metrics.items() if name != "restarts"}
