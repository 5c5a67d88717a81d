"""The subcommand `xner-tagger export`."""

import argparse
import sys

from xner_allennlp.common.arguments import add_language
from xner_allennlp.console.command_line import Command


class Export(Command):
    """Writes an archive as a folder that needs no AllenNLP."""

    name = "export"
    help = "write an archive as a folder that is read without AllenNLP"
    description = """\
Write the tagger of one language in an archive as safetensors and JSON. The folder
is loaded without AllenNLP, by any Python from 3.10 with torch, numpy, regex and
safetensors, and with transformers if the tagger has a pretrained encoder, and
finds the same entities. Without such an encoder it takes a third of the time."""
    examples = """\
  xner-tagger export runs/cross_augmented_en_nl/model.tar.gz nl_tagger"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "archive", metavar="ARCHIVE", help="model.tar.gz, or the folder of a finished run"
        )
        parser.add_argument("folder", metavar="FOLDER", help="the folder to make")
        add_language(parser, "the text that it is to tag", default=None)

    def run(self, args: argparse.Namespace) -> int:
        from xner_allennlp.tagger import Tagger

        tagger = Tagger.load(args.archive, language=args.language)
        tagger.export(args.folder)
        sys.stdout.write(f"{args.folder}: {', '.join(tagger.entity_types)}\n")
        return 0
