"""The subcommand `python -m experiments plot-mapping`."""

import argparse
import os
import sys

from allennlp.common.checks import ConfigurationError

from experiments.figures.embedding_pictures import FORMATS, draw, lay_out
from experiments.figures.entity_words import entity_words, rows_by_type
from xner_allennlp.common.arguments import positive, refuse_existing
from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.vector_arguments import add_mapping, add_vectors, read_both
from xner_allennlp.mapping import Mapping


class PlotMapping(Command):
    """Draws entity words of both languages before and after the mapping."""

    name = "plot-mapping"
    help = "draw entity words of both languages before and after the mapping"
    description = """\
Draw the most frequent entity words of both languages, laid out by t-SNE, before
and after the mapping (Figure 3 a and b of the paper). Colour is the type of
entity that a word is most often part of, the marker is the language. Words that
are mostly no part of an entity are left out."""
    examples = """\
  python -m experiments plot-mapping runs/en_es/mapping.npz \\
      --source-vectors en.vec --target-vectors es.vec \\
      --source-corpus en.train --target-corpus es.train \\
      --names English Spanish -o words.png -o words.pdf"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_mapping(parser)
        add_vectors(parser, max_words=200_000)
        for language in ("source", "target"):
            parser.add_argument(
                f"--{language}-corpus",
                required=True,
                metavar="FILE",
                help=f"labelled sentences of the {language} language: CoNLL columns, the word in "
                "the first and the tag in the last",
            )
        parser.add_argument(
            "-o",
            "--output",
            required=True,
            action="append",
            metavar="PICTURE",
            help=f"the picture, {' or '.join(FORMATS)} by its ending; may be repeated",
        )
        parser.add_argument(
            "--words-per-type",
            type=positive,
            default=125,
            metavar="N",
            help="number of most frequent words of each type and language (default: %(default)s, "
            "with four types 1,000 words as in the paper)",
        )
        parser.add_argument(
            "--names",
            nargs=2,
            default=("source", "target"),
            metavar=("SOURCE", "TARGET"),
            help="what the legend calls the languages (default: source target)",
        )
        parser.add_argument(
            "--seed", type=int, default=13370, metavar="N", help="of t-SNE (default: %(default)s)"
        )
        parser.add_argument(
            "-f", "--force", action="store_true", help="overwrite pictures that exist"
        )

    def run(self, args: argparse.Namespace) -> int:
        for path in args.output:
            refuse_existing(path, force=args.force)
            if os.path.splitext(path)[1].lower() not in FORMATS:
                raise ConfigurationError(
                    f"{path}: the ending says no known format. Use {' or '.join(FORMATS)}."
                )
        mapping = Mapping.load(args.mapping)
        types = [entity_words(path) for path in (args.source_corpus, args.target_corpus)]
        source, target = read_both(args, mapping)
        vectors = {"source": source, "target": target}
        rows = {
            language: rows_by_type(words, vectors[language], per_type=args.words_per_type)
            for language, words in zip(vectors, types)
        }
        panels = lay_out(mapping, vectors, rows, seed=args.seed)
        for path in args.output:
            draw(panels, path, (args.names[0], args.names[1]))
            words = panels["(b) after the mapping"]
            sys.stdout.write(f"{path}: {len(words)} words\n")
        return 0
