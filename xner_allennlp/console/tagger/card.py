"""The subcommand `xner-tagger card`."""

import argparse
import sys

from xner_allennlp.common.card_file import read_card
from xner_allennlp.console.command_line import Command


class Card(Command):
    """Prints a tagger's card."""

    name = "card"
    help = "say what a tagger was made of, and how good it is"
    description = """\
Print the card of a tagger, README.md in its archive or folder: its language and
entity types, the data it was made of with checksums, the verdict on the mapping,
how its weights were chosen, scores by type, versions. To fill in a licence, edit
README.md in the run's folder, remove the line that says so, and make the archive
anew (`allennlp archive-selection`)."""
    examples = """\
  xner-tagger card runs/nl/model.tar.gz"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("tagger", metavar="TAGGER", help="a model.tar.gz, or a folder")

    def run(self, args: argparse.Namespace) -> int:
        sys.stdout.write(read_card(args.tagger))
        return 0
