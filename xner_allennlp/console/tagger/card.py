"""The subcommand `xner-tagger card`."""

import argparse
import os
import sys
import tarfile
import zlib

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.archives.card import CARD_NAME
from xner_allennlp.console.command_line import Command

# A longer one is no card.
_LONGEST = 2**20


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
        sys.stdout.write(_card(args.tagger))
        return 0


def _card(path: str) -> str:
    try:
        if os.path.isdir(path):
            with open(os.path.join(path, CARD_NAME), "rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace")
        with tarfile.open(path, "r:gz") as archive:
            content = archive.extractfile(CARD_NAME)
            assert content is not None  # a folder of this name
            return content.read(_LONGEST).decode("utf-8", "replace")
    except (FileNotFoundError, KeyError, AssertionError):
        raise ConfigurationError(
            f"{path}: there is no {CARD_NAME} in it. Give an archive or a run of a tagger; one of "
            "an earlier version has none until it is made anew (`allennlp archive-selection`)."
        ) from None
    except (EOFError, tarfile.TarError, zlib.error, OSError) as error:
        raise ConfigurationError(f"{path}: cannot be read as an archive ({error}).") from None
