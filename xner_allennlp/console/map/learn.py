"""The subcommand `xner-map learn`."""

import argparse
import os
import sys

from allennlp.common import Params

from xner_allennlp.commands.map_embeddings import (
    FAILED_STATUS,
    MAPPING_NAME,
    MappingFailed,
    map_embeddings,
)
from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.learning_options import add_learning_options, configuration
from xner_allennlp.mapping.mapping import DIRECTIONS


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
        sys.stdout.write(f"{path}: criterion {mapping.criterion:.4f}\n")
        return 0
