"""The subcommand `xner-data sources`."""

import argparse
import sys
from typing import Iterator

from allennlp.common.checks import ConfigurationError

from xner_allennlp.console.command_line import Command
from xner_allennlp.corpora.report_text import wrapped
from xner_allennlp.corpora.sources import SOURCES, Source, identify


class Sources(Command):
    """Says where corpora and vectors come from."""

    name = "sources"
    help = "say where to obtain corpora and word vectors, their licences and known checksums"
    description = """\
Say where each corpus and the word vectors come from, under which licence, what to
do with the files, and their checksums where somebody has computed them. Nothing
is downloaded."""
    examples = """\
  xner-data sources
  xner-data sources conll2002 fasttext-cc
  xner-data sources --identify digitoday.2014.train.csv"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "names",
            nargs="*",
            metavar="NAME",
            help=f"only these: {', '.join(SOURCES)} (default: all)",
        )
        parser.add_argument(
            "--identify",
            nargs="+",
            default=[],
            metavar="FILE",
            help="say which of the known checksums a file has",
        )

    def run(self, args: argparse.Namespace) -> int:
        for path in args.identify:
            found = identify(path)
            what = "not known" if found is None else f"{found.file} ({found.known_from})"
            sys.stdout.write(f"{path}: {what}\n")
        if args.identify and not args.names:
            return 0
        unknown = [name for name in args.names if name not in SOURCES]
        if unknown:
            raise ConfigurationError(
                f"There is no source {unknown[0]!r}. Choose of {', '.join(SOURCES)}."
            )
        for name in args.names or SOURCES:
            sys.stdout.write("\n".join(_lines(SOURCES[name])) + "\n\n")
        return 0


def _lines(source: Source) -> Iterator[str]:
    yield f"{source.name}: {source.title}"
    rows = [
        ("languages", source.languages),
        ("address", source.address),
        ("licence", source.licence),
        ("how", source.how),
    ]
    for title, text in rows:
        yield from wrapped(text, f"  {title:<11}", hanging=0)
    if not source.checksums:
        yield "  checksums  not known"
    for checksum in source.checksums:
        yield f"  {checksum.algorithm:<11}{checksum.file}"
        yield f"             {checksum.digest}"
        yield f"             ({checksum.known_from})"
