"""The subcommand `xner-map learn`, and the options of all that learn mappings."""

import argparse
import json
import logging
import os
import re
import sys
from dataclasses import fields
from typing import Any, Dict, Tuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.map_embeddings import (
    FAILED_STATUS,
    MAPPING_NAME,
    MappingFailed,
    map_embeddings,
)
from xner_allennlp.common.arguments import positive
from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.vector_arguments import add_lowercase
from xner_allennlp.mapping import PRESETS, MappingStart
from xner_allennlp.mapping.mapping import DIRECTIONS

DICTIONARIES = ("seed_dictionary", "evaluation_dictionary")

logger = logging.getLogger(__name__)

_BARE_WORD = re.compile(r"[A-Za-z_][\w&|.-]*")


class Learn(Command):
    """Learns the mapping between two languages."""

    name = "learn"
    help = "learn the mapping between the word vectors of two languages"
    description = """\
Learn the mapping that takes the word vectors of one language into the space of
another. DIR gets mapping.npz, metrics.json, the log and config.json, with which
`allennlp map-embeddings` does the same again."""
    examples = """\
  # Without any word pair, on a laptop:
  xner-map learn --source en.vec --target nl.vec -s runs/en_nl --preset cpu
  # From a dictionary, and measured on another one:
  xner-map learn --source en.vec --target nl.vec -s runs/en_nl \\
      --seed-dictionary en-nl.train.txt --evaluation-dictionary en-nl.test.txt
  # Far languages, with a pretrained multilingual encoder in place of a dictionary:
  xner-map learn --source en.vec --target ar.vec -s runs/en_ar --encoder xlm-roberta-base
  # The paper's procedure with three restarts, target into source:
  xner-map learn --source en.vec --target fi.vec -s runs/en_fi \\
      --direction target_to_source --set restarts=3"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--source",
            required=True,
            metavar="FILE",
            help="word vectors of the source language, most frequent word first: text (.vec, "
            ".vec.gz), .npz, .npy or word2vec's .bin",
        )
        parser.add_argument(
            "--target", required=True, metavar="FILE", help="word vectors of the target language"
        )
        parser.add_argument(
            "--direction",
            choices=DIRECTIONS,
            help="which language is mapped into the space of the other (default: source_to_target)",
        )
        add_learning_options(parser)

    def run(self, args: argparse.Namespace) -> int:
        config = configuration(args, args.source, args.target)
        try:
            mapping = map_embeddings(
                Params(config),
                args.serialization_dir,
                force=args.force,
                recover=args.recover,
                accept_failure=args.accept_failure,
            )
        except MappingFailed as failure:
            sys.stderr.write(f"xner-map: {failure}\n")
            return FAILED_STATUS
        path = os.path.join(args.serialization_dir, MAPPING_NAME)
        sys.stdout.write(f"{path}: the mapping {mapping.verdict['summary']}\n")
        return 0


def add_learning_options(parser: argparse.ArgumentParser, *, dictionary: str = "") -> None:
    """
    # Parameters

    parser : `argparse.ArgumentParser`
    dictionary : `str`, optional (default = `""`)
        What is to be added to the help of options that name a dictionary.
    """
    parser.add_argument(
        "-s",
        "--serialization-dir",
        required=True,
        metavar="DIR",
        help="directory for what is learned, new or empty",
    )
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        help="how to learn: paper (adversarial, as MUSE; the default), cpu (no word pairs, minutes "
        "on a laptop), robust (the same for hard pairs), supervised (a seed dictionary; the "
        "default if one is given), semi_supervised (words written alike), multilingual_encoder "
        "(for far languages; the default with --encoder)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="OPTION=JSON",
        dest="settings",
        help="change an option of the preset, e.g. --set restarts=3, --set start.restarts=64 or "
        "--set 'normalize=[\"renorm\"]'; may be repeated",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed of all that is left to chance")
    parser.add_argument(
        "--seed-dictionary",
        metavar="FILE",
        help=f"word pairs to start from, a source word and a target word a line{dictionary}",
    )
    parser.add_argument(
        "--encoder",
        metavar="FOLDER-OR-NAME",
        help="a pretrained multilingual encoder that finds words to start from",
    )
    parser.add_argument(
        "--evaluation-dictionary",
        metavar="FILE",
        help="word pairs to measure precision on, written to metrics.json; never learned from"
        f"{dictionary}",
    )
    parser.add_argument(
        "--max-words",
        type=positive,
        metavar="N",
        help="read the first N words of each file only (default: 200000)",
    )
    add_lowercase(parser)
    parser.add_argument(
        "--write-mapped-vectors",
        action="store_true",
        help="also write both languages' vectors in the common space: source.vec.gz, target.vec.gz",
    )
    parser.add_argument(
        "-r", "--recover", action="store_true", help="go on with an interrupted run in DIR"
    )
    parser.add_argument(
        "-f", "--force", action="store_true", help="overwrite DIR: everything in it is deleted"
    )
    parser.add_argument(
        "--accept-failure",
        action="store_true",
        help="end with status 0 although the mapping has failed",
    )


def configuration(args: argparse.Namespace, source: str, target: str) -> Dict[str, Any]:
    """
    What a configuration file of `allennlp map-embeddings` would hold.

    # Parameters

    args : `argparse.Namespace`
        As [`add_learning_options`](#add_learning_options) has them parsed, maybe with `direction`.
    source, target : `str`
        The vector files.

    # Raises

    `ConfigurationError`
        If an option is set twice, or of something that has none, or the start takes no encoder
        although one is given.
    """
    mapper: Dict[str, Any] = {"preset": args.preset}
    if args.preset is None:
        with_encoder = "multilingual_encoder" if args.encoder else "paper"
        mapper["preset"] = "supervised" if args.seed_dictionary else with_encoder
        if mapper["preset"] == "paper":
            logger.warning(
                "no --preset: the paper's adversarial training takes hours on a CPU; cpu and "
                "robust take minutes"
            )
    arguments = {
        "direction": getattr(args, "direction", None),
        "seed": args.seed,
        "start.encoder": args.encoder,
    }
    named = [(name, value) for name, value in arguments.items() if value is not None]
    # A group as a whole goes before its parts.
    for name, value in sorted([*named, *args.settings], key=lambda setting: "." in setting[0]):
        _set(mapper, name, value)
    if args.encoder is not None:
        _check_encoder(args, mapper)
    config: Dict[str, Any] = {
        "source_vectors": source,
        "target_vectors": target,
        "mapper": mapper,
        "max_words": args.max_words,
        "lowercase": args.lowercase or None,
        "write_mapped_vectors": args.write_mapped_vectors or None,
        **{name: getattr(args, name) for name in DICTIONARIES},
    }
    return {name: value for name, value in config.items() if value is not None}


def _set(mapper: Dict[str, Any], name: str, value: Any) -> None:
    if name == "preset":
        raise ConfigurationError(f"The preset is no option of a preset. Give --preset {value}.")
    group, dot, parameter = name.rpartition(".")
    options = mapper.setdefault(group, {}) if dot else mapper
    if group == "start" and isinstance(options, str):
        options = mapper[group] = {"type": options}
    if not isinstance(options, dict):
        raise ConfigurationError(
            f"The option {group} is {options!r}, so it has no {parameter}: leave out {name}."
        )
    if parameter in options:
        raise ConfigurationError(f"The option {name} is set twice. Set it once.")
    options[parameter] = value


def _check_encoder(args: argparse.Namespace, mapper: Dict[str, Any]) -> None:
    start, preset = mapper["start"].get("type"), mapper["preset"]
    given = "--set start"
    if start is None:
        given = "--seed-dictionary" if args.preset is None else f"--preset {preset}"
        of_preset = PRESETS[preset].get("start", {})
        start = of_preset.get("type", MappingStart.default_implementation)
    if "encoder" not in {field.name for field in fields(MappingStart.by_name(start))}:
        raise ConfigurationError(
            f'--encoder and {given} are both given, but the start "{start}" has no encoder. Leave '
            "out the one or the other; --encoder alone is --preset multilingual_encoder."
        )


def _setting(text: str) -> Tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form OPTION=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        # Without quotation marks, as in start.type=transport.
        if _BARE_WORD.fullmatch(value):
            return name, value
    raise argparse.ArgumentTypeError(
        f"the value of {name}, {value!r}, is not JSON; put it between single quotes, e.g. "
        "'normalize=[\"renorm\"]'"
    )
