"""The subcommand `xner-data convert`."""

import argparse
import sys
import textwrap
from typing import Tuple

from xner_allennlp.console.arguments import refuse_existing
from xner_allennlp.console.command_line import Command
from xner_allennlp.corpora.conversion import Conversion, convert_corpus
from xner_allennlp.corpora.findings import counted
from xner_allennlp.corpora.formats import ENTITY_TYPES, FORMATS, NO_ENTITY
from xner_allennlp.data.conll_file import DOCSTART_POLICIES

_WIDTH = 84


class Convert(Command):
    """Converts a corpus as it is distributed."""

    name = "convert"
    help = "convert a corpus as it is distributed to two columns, IOB2, UTF-8"
    description = """\
Convert a corpus as it is distributed to two columns (the word and its tag, parted
by a space), IOB2 and UTF-8. IN may be compressed (.gz, .bz2, .xz). Spaces inside a
word become no-break spaces. Formats:

""" + "\n".join(
        textwrap.fill(
            format_.corpora,
            _WIDTH,
            initial_indent=f"  {format_.name:<12}",
            subsequent_indent=" " * 14,
        )
        for format_ in FORMATS.values()
    )
    examples = """\
  xner-data convert conll2003 eng.train ner/en/en.train
  # Dutch of the paper's sizes:
  xner-data convert conll2002 ned.train ner/nl/nl.train --docstart sentence
  # Products are no entities:
  xner-data convert finer digitoday.2014.train.csv fi.train --map PRO=O"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("format", metavar="FORMAT", choices=list(FORMATS), help="see above")
        parser.add_argument("source", metavar="IN", help="the file as it is distributed")
        parser.add_argument("target", metavar="OUT", help="the file to write")
        parser.add_argument(
            "--docstart",
            choices=DOCSTART_POLICIES,
            default="line",
            help="drop -DOCSTART- alone (line), or with the sentence that is glued to it (sentence:"
            " the paper's sizes in Dutch) (default: %(default)s)",
        )
        parser.add_argument(
            "--encoding",
            metavar="NAME",
            help="what IN is in (default: UTF-8 if it is that, else what the format says)",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=_renaming,
            metavar="TYPE=TYPE",
            dest="types",
            help=f"what a type becomes: {', '.join(ENTITY_TYPES)}, or {NO_ENTITY} for no entity; "
            "may be repeated",
        )
        parser.add_argument("-f", "--force", action="store_true", help="overwrite OUT if it exists")

    def run(self, args: argparse.Namespace) -> int:
        refuse_existing(args.target, force=args.force)
        conversion = convert_corpus(
            args.source,
            args.target,
            args.format,
            encoding=args.encoding,
            docstart=args.docstart,
            types=dict(args.types),
        )
        sys.stdout.write(f"{args.target}: {_summary(conversion)}\n")
        return 0


def _summary(conversion: Conversion) -> str:
    entities = ", ".join(f"{name} {count}" for name, count in conversion.entities.items())
    total = counted(sum(conversion.entities.values()), "entity", "entities")
    parts = [
        f"{counted(conversion.sentences, 'sentence')}, {counted(conversion.tokens, 'token')}, "
        f"{total} ({entities or 'none'})",
        f"read as {conversion.encoding}",
    ]
    if conversion.glued_sentences:
        parts.append(f"{counted(conversion.glued_sentences, 'sentence')} dropped with a -DOCSTART-")
    if conversion.renamed:
        renamed = ", ".join(f"{names} ({count})" for names, count in conversion.renamed.items())
        parts.append(f"tags renamed: {renamed}")
    if conversion.changed_prefixes:
        parts.append(f"{counted(conversion.changed_prefixes, 'tag')} brought to IOB2")
    if conversion.joined_spaces:
        parts.append(f"{counted(conversion.joined_spaces, 'token')} with spaces")
    if conversion.byte_order_marks:
        marks = counted(conversion.byte_order_marks, "byte order mark")
        parts.append(f"{marks} dropped inside the file")
    return "; ".join(parts)


def _renaming(text: str) -> Tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form TYPE=TYPE")
    if new not in (*ENTITY_TYPES, NO_ENTITY):
        raise argparse.ArgumentTypeError(
            f"{new!r} is not one of {', '.join(ENTITY_TYPES)} and {NO_ENTITY}"
        )
    return old, new
