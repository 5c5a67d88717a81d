"""The subcommand `xner-data convert`."""

import argparse
import json
import os
import re
import sys
import textwrap
from typing import List, Optional, Tuple, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.arguments import refuse_existing
from xner_allennlp.common.text_file import read_bytes
from xner_allennlp.console.command_line import Command, summary_stream
from xner_allennlp.corpora.conversion import Conversion, convert_corpus
from xner_allennlp.corpora.findings import counted
from xner_allennlp.corpora.formats import AUTO, ENTITY_TYPES, FORMATS
from xner_allennlp.corpora.json_spans import SPAN_ENDS
from xner_allennlp.corpora.writing import WRITERS
from xner_allennlp.data.column_text import SEPARATORS
from xner_allennlp.data.conll_file import BLANK_TOKEN_POLICIES, DOCSTART_POLICIES
from xner_allennlp.spans import INPUT_SCHEMES, NO_ENTITY

_WIDTH = 84
_OPTIONS = (
    *("docstart", "input_scheme", "blank_tokens", "token_column", "tag_column", "separator"),
)


class Convert(Command):
    """Converts a corpus as it is distributed."""

    name = "convert"
    help = "convert a corpus as it is distributed to two columns, JSON lines or DocBin"
    description = """\
Convert a corpus as it is distributed to two columns (the word and its tag, parted
by a space), IOB2 and UTF-8. IN and OUT are compressed if their names say so (.gz,
.bz2, .xz). Spaces inside a word become no-break spaces. Formats:

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
  # Whatever the format is; OUT is not written:
  xner-data convert --from auto de.tsv --dry-run
  # Dutch of the paper's sizes:
  xner-data convert conll2002 ned.train ner/nl/nl.train --docstart sentence
  # Products are no entities, in no spelling:
  xner-data convert finer digitoday.2014.train.csv fi.train --map 'PRO*=O'
  # What the tagger wrote, for spaCy:
  xner-data convert tagged.jsonl tagged.spacy --to docbin"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="[FORMAT] IN OUT",
            help="the format (see above; without it auto), the file as it is distributed, the file "
            "to write",
        )
        parser.add_argument("--from", dest="format", choices=list(FORMATS), help="the same FORMAT")
        parser.add_argument(
            "--to",
            choices=list(WRITERS),
            default="conll",
            help="what to write: two columns, JSON lines, or spaCy's DocBin (default: %(default)s)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be written, and write nothing"
        )
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
            help=f"what a type becomes, {NO_ENTITY} for no entity, itself if it is to stay; a "
            "pattern like '*deriv' stands for many; may be repeated",
        )
        parser.add_argument(
            "--names",
            nargs="+",
            metavar="TAG",
            help="the tags that numbers in JSON stand for, from 0, or a JSON file of them",
        )
        parser.add_argument(
            "--span-ends",
            choices=SPAN_ENDS,
            default="auto",
            help="whether spans of tokens in JSON end with their last token (inclusive) or behind "
            "it (exclusive) (default: what they show)",
        )
        parser.add_argument(
            "--scheme",
            dest="input_scheme",
            type=_scheme,
            metavar="{auto,IOB,BIOUL,IO}",
            help="IO: tags without a prefix are types (default: if they are so for certain)",
        )
        parser.add_argument(
            "--blank-tokens",
            choices=BLANK_TOKEN_POLICIES,
            help="what becomes of empty and invisible tokens (default: keep, as _)",
        )
        for name in ("token", "tag"):
            parser.add_argument(
                f"--{name}-column",
                metavar="COLUMN",
                type=_column,
                help=f"the column of the {name}s: its number, from 0 or from the end with -1, or "
                "its name in the header or above; in JSON the key",
            )
        parser.add_argument("--separator", choices=SEPARATORS, help="what parts the columns")
        parser.add_argument("-f", "--force", action="store_true", help="overwrite OUT if it exists")

    def run(self, args: argparse.Namespace) -> int:
        format_name, source, target = _paths(args)
        if target is not None:
            refuse_existing(target, force=args.force)
        given = {name: getattr(args, name) for name in _OPTIONS}
        conversion = convert_corpus(
            source,
            target,
            format_name,
            to=args.to,
            encoding=args.encoding,
            types=dict(args.types),
            names=_names(args.names),
            span_ends=args.span_ends,
            **{name: value for name, value in given.items() if value is not None},
        )
        shown = f"{target or source}: {_summary(conversion)}"
        if target is None:
            sys.stdout.write(f"{shown}; nothing written\n")
        else:
            summary_stream(target).write(f"{shown}\n")
        return 0


def _paths(args: argparse.Namespace) -> Tuple[str, str, Optional[str]]:
    """Format, input and output; no output in a dry run."""
    paths = list(args.paths)
    format_name = args.format
    if format_name is None and (len(paths) == 3 or (len(paths) == 2 and paths[0] in FORMATS)):
        format_name = paths.pop(0)
    if not 1 <= len(paths) <= 2 or (len(paths) == 1 and not args.dry_run):
        raise ConfigurationError("Give FORMAT IN OUT, or IN and OUT, or IN with --dry-run.")
    target = None if args.dry_run or len(paths) == 1 else paths[1]
    return format_name or AUTO, paths[0], target


def _summary(conversion: Conversion) -> str:
    entities = ", ".join(f"{name} {count}" for name, count in conversion.entities.items())
    total = counted(sum(conversion.entities.values()), "entity", "entities")
    parts = [
        f"{counted(conversion.sentences, 'sentence')}, {counted(conversion.tokens, 'token')}, "
        f"{total} ({entities or 'none'})",
        f"read as {conversion.encoding}",
    ]
    if conversion.format_name == AUTO or conversion.notes:
        parts += [f"format {conversion.format_name}", *conversion.notes]
    if conversion.glued_sentences:
        parts.append(f"{counted(conversion.glued_sentences, 'sentence')} dropped with a -DOCSTART-")
    if conversion.renamed:
        renamed = ", ".join(f"{names} ({count})" for names, count in conversion.renamed.items())
        parts.append(f"tags renamed: {renamed}")
    parts += [f"{kind}: {count}" for kind, count in conversion.repairs.items()]
    other = sorted(set(conversion.entities) - set(ENTITY_TYPES))
    if other:
        parts.append(
            f"types beside {', '.join(ENTITY_TYPES)}: {', '.join(other)} (the other language must "
            f"have them too, or say --map {other[0]}={NO_ENTITY} or {other[0]}=MISC)"
        )
    return "; ".join(parts)


def _renaming(text: str) -> Tuple[str, str]:
    old, equals, new = text.rpartition("=")
    if not equals or not old or not new:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form TYPE=TYPE")
    return old, new


def _scheme(text: str) -> str:
    return next((name for name in INPUT_SCHEMES if name.lower() == text.lower()), text)


def _column(text: str) -> Union[int, str]:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


def _names(given: Optional[List[str]]) -> Optional[List[str]]:
    """The tags themselves, or those of a JSON file: a list, or an object of numbers by tag."""
    if given is None or len(given) > 1 or not os.path.isfile(given[0]):
        return given
    try:
        names = json.loads(read_bytes(given[0]))
        if isinstance(names, dict):
            numbers = {int(number): tag for tag, number in names.items()}
            names = [numbers[number] for number in range(len(numbers))]
        return [str(name) for name in names]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{given[0]}: no JSON list of tags, nor an object with a number for each ({error})."
        ) from None
