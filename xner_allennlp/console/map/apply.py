"""The subcommand `xner-map apply`."""

import argparse

from xner_allennlp.common.arguments import positive, refuse_existing
from xner_allennlp.console.command_line import Command, summary_stream
from xner_allennlp.console.map.vector_arguments import add_lowercase, add_mapping
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.mapping import LANGUAGES
from xner_allennlp.mapping.use.mapped_vectors import map_vector_file


class Apply(Command):
    """Takes a file of word vectors into the common space."""

    name = "apply"
    help = "take a whole file of word vectors into the common space"
    description = """\
Take all vectors of a file into the common space: those the mapping was learned
from, or vectors of other words of the same space. However large the file is, only
its words and a part of its vectors are in memory at a time; the others wait in a
temporary file beside OUTPUT (of /dev/stdout, in the system's folder for these)."""
    examples = """\
  xner-map apply runs/en_nl/mapping.npz source en.vec en.common.vec.gz
  xner-map apply runs/en_nl/mapping.npz target nl.bin nl.common.npz"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_mapping(parser)
        parser.add_argument(
            "language", choices=LANGUAGES, help="which language of the mapping the words are of"
        )
        parser.add_argument(
            "vectors",
            metavar="VECTORS",
            help="the file to map: text (.vec, .vec.gz), .npz, .npy or word2vec's .bin",
        )
        parser.add_argument(
            "output",
            metavar="OUTPUT",
            help="the file to write; its ending decides the format: .vec or .vec.gz (text, six "
            "decimals) or .npz (exact)",
        )
        parser.add_argument(
            "--max-words",
            type=positive,
            metavar="N",
            help="map the first N words only (default: all)",
        )
        add_lowercase(parser)
        parser.add_argument(
            "-f", "--force", action="store_true", help="overwrite OUTPUT if it exists"
        )

    def run(self, args: argparse.Namespace) -> int:
        mapping = Mapping.load(args.mapping)
        output = args.output
        refuse_existing(output, force=args.force, inputs=[args.vectors, args.mapping])
        count = map_vector_file(
            mapping,
            args.language,
            args.vectors,
            output,
            max_words=args.max_words,
            lowercase=args.lowercase,
        )
        summary_stream(output).write(f"{output}: {count} words\n")
        return 0
