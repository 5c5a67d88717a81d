"""The subcommand `xner-map pivot`."""

import argparse
import json
import logging
import os
import shlex
import sys
from typing import Any, Dict, List, Tuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import CONFIG_NAME

from xner_allennlp.commands.map_embeddings import (
    CHECKPOINT_NAME,
    FAILED_STATUS,
    MAPPING_NAME,
    METRICS_NAME,
    MappingFailed,
    map_embeddings,
)
from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.learn import (
    DICTIONARIES,
    add_learning_options,
    configuration,
)

logger = logging.getLogger(__name__)

_LANGUAGE = "{language}"
_FIXED = {"direction": "source_to_target", "reweighting": 0.0}


class Pivot(Command):
    """Maps many languages into the space of one."""

    name = "pivot"
    help = "map many languages into the space of one of them"
    description = """\
Map each language into the space of a pivot: it is learned as the source language,
with the pivot as the target. DIR/LANGUAGE gets what `xner-map learn` writes. All
are then in one space, so words of any can be translated into any other. If one
language fails, the others are learned all the same."""
    examples = """\
  xner-map pivot --pivot en=en.vec nl=nl.vec es=es.vec -s runs/many --preset cpu
  # With a dictionary for each language:
  xner-map pivot --pivot en=en.vec nl=nl.vec es=es.vec -s runs/many \\
      --seed-dictionary 'dictionaries/{language}-en.txt'"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--pivot",
            required=True,
            type=_language,
            metavar="NAME=FILE",
            help="the language whose space all are mapped into, and its word vectors",
        )
        parser.add_argument(
            "languages",
            nargs="+",
            type=_language,
            metavar="NAME=FILE",
            help="another language and its word vectors; the name is that of its directory",
        )
        add_learning_options(
            parser, dictionary=f"; {_LANGUAGE} in the path stands for the language's name"
        )

    def run(self, args: argparse.Namespace) -> int:
        pivot_name, pivot_vectors = args.pivot
        names = [name for name, _ in args.languages]
        for name in {pivot_name, *names}:
            if [pivot_name, *names].count(name) > 1:
                raise ConfigurationError(f"The language {name} is given twice. Give it once.")
        configs = {
            name: _configuration(args, name, vectors, pivot_vectors)
            for name, vectors in args.languages
        }
        learned: Dict[str, str] = {}
        results: List[Tuple[int, str]] = []
        for name, vectors in args.languages:
            sys.stdout.write(f"{name} -> {pivot_name}\n")
            sys.stdout.flush()
            directory = os.path.join(args.serialization_dir, name)
            status, message = _learn(configs[name], directory, args)
            results.append((status, f"{name} -> {pivot_name}: {message}\n"))
            if not status:
                learned[name] = vectors
        # Together at the end: in between are the logs.
        for status, message in results:
            if status:
                sys.stderr.write(f"xner-map: {message}")
            else:
                sys.stdout.write(message)
        _tell_how_to_translate(args, learned)
        # The gravest: an unexpected error, wrong input, a mapping that has failed.
        return min((status for status, _ in results if status), default=0)


def _configuration(
    args: argparse.Namespace, name: str, vectors: str, pivot_vectors: str
) -> Dict[str, Any]:
    config = configuration(args, vectors, pivot_vectors)
    for option in DICTIONARIES:
        if option in config:
            config[option] = config[option].replace(_LANGUAGE, name)
    for option, value in _FIXED.items():
        if config["mapper"].setdefault(option, value) != value:
            raise ConfigurationError(
                f"With a pivot, {option} must be {value!r}: else the pivot's space would not be "
                "the same for all languages."
            )
    return config


def _learn(config: Dict[str, Any], directory: str, args: argparse.Namespace) -> Tuple[int, str]:
    """Maps one language; returns an exit status and what to tell of it."""
    path = os.path.join(directory, MAPPING_NAME)
    if args.recover and _is_finished(directory):
        changed = _changed_settings(config, directory)
        if changed:
            return 2, (
                f"{path} was finished before with other settings ({', '.join(changed)}). Give the "
                "same ones, or another directory"
            )
        if _has_failed(directory) and not args.accept_failure:
            return FAILED_STATUS, f"{path} was finished before, but the mapping has failed"
        return 0, f"{path} was finished before"
    try:
        mapping = map_embeddings(
            Params(config),
            directory,
            force=args.force,
            recover=args.recover,
            accept_failure=args.accept_failure,
        )
    except MappingFailed as failure:
        return FAILED_STATUS, str(failure)
    except ConfigurationError as error:
        return 2, " ".join(str(error).split())
    except Exception as error:  # whatever it is, the other languages have nothing to do with it
        logger.exception("unexpected error")
        return 1, f"unexpected {type(error).__name__}: {error}"
    return 0, f"{path}: the mapping {mapping.verdict['summary']}"


def _is_finished(directory: str) -> bool:
    names = os.listdir(directory) if os.path.isdir(directory) else []
    return MAPPING_NAME in names and METRICS_NAME in names and CHECKPOINT_NAME not in names


def _changed_settings(config: Dict[str, Any], directory: str) -> List[str]:
    before = Params.from_file(os.path.join(directory, CONFIG_NAME)).as_dict(quiet=True)
    return sorted(name for name in {**before, **config} if before.get(name) != config.get(name))


def _has_failed(directory: str) -> bool:
    with open(os.path.join(directory, METRICS_NAME), encoding="utf-8") as stream:
        return bool(json.load(stream)["failed"])


def _tell_how_to_translate(args: argparse.Namespace, learned: Dict[str, str]) -> None:
    if len(learned) < 2:
        return
    (left, left_vectors), (right, right_vectors), *_ = learned.items()
    words: List[str] = ["xner-map", "translate"]
    words.append(os.path.join(args.serialization_dir, left, MAPPING_NAME))
    words += ["--source-vectors", left_vectors]
    words += ["--target-mapping", os.path.join(args.serialization_dir, right, MAPPING_NAME)]
    words += ["--target-vectors", right_vectors]
    words += ["--lowercase"] if args.lowercase else []
    sys.stdout.write(f"To translate {left} -> {right}:\n  {shlex.join(words)} WORD ...\n")


def _language(text: str) -> Tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=FILE")
    if not name or name in (".", "..") or os.sep in name:
        raise argparse.ArgumentTypeError(f"{name!r} cannot be the name of a directory")
    return name, path
