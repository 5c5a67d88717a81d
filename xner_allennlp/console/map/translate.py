"""The subcommand `xner-map translate`."""

import argparse
import sys
from typing import Iterable, Iterator, List, TextIO

from xner_allennlp.common.arguments import positive
from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.vector_arguments import (
    add_mapping,
    add_vectors,
    read_both,
    read_files,
)
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.mapping import LANGUAGES
from xner_allennlp.mapping.retrieval.csls import METHODS
from xner_allennlp.mapping.use.translator import Translator

_BYTES_AT_A_TIME = 1 << 16
_WORDS_AT_A_TIME = 1024


class Translate(Command):
    """Translates words, in both directions."""

    name = "translate"
    help = "translate words, in both directions"
    description = """\
Translate words by their nearest neighbours in the common space. Each line of the
output has a word, a translation and its score, parted by tabs, the best
translation first. An unknown word has a line without a translation, and is told
on standard error."""
    examples = """\
  xner-map translate runs/en_nl/mapping.npz --source-vectors en.vec \\
      --target-vectors nl.vec house cheese
  # From Dutch to English, words a line, as they come:
  xner-map translate runs/en_nl/mapping.npz --source-vectors en.vec \\
      --target-vectors nl.vec --from target < words.txt > translations.tsv
  # From Dutch to Spanish, both mapped into the space of English:
  xner-map translate runs/many/nl/mapping.npz --source-vectors nl.vec \\
      --target-mapping runs/many/es/mapping.npz --target-vectors es.vec huis"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_mapping(parser)
        parser.add_argument(
            "words",
            nargs="*",
            metavar="WORD",
            help="a word to translate; without any, words are read from standard input, one a "
            "line, and answered as they come. A word unknown as written is looked up in lower case",
        )
        add_vectors(parser, max_words=50_000)
        parser.add_argument(
            "--target-mapping",
            metavar="FILE",
            help="the mapping of the target language, if it was mapped into the space of the same "
            "pivot as the source language by MAPPING (see `xner-map pivot`)",
        )
        parser.add_argument(
            "--from",
            dest="language",
            choices=LANGUAGES,
            default="source",
            help="the language of the words (default: %(default)s)",
        )
        parser.add_argument(
            "-k",
            type=positive,
            default=5,
            metavar="K",
            help="number of translations of each word (default: %(default)s)",
        )
        parser.add_argument(
            "--method",
            choices=METHODS,
            default="csls",
            help="csls looks at neighbourhoods, so that words which are near to everything win "
            "less often; nn is nearest by cosine, and starts at once (default: %(default)s)",
        )
        parser.add_argument(
            "--approximate",
            action="store_true",
            help="search approximately for csls: many times faster where --max-words is several "
            "hundred thousand; always so above 200,000 words of either language",
        )

    def run(self, args: argparse.Namespace) -> int:
        translator = _translator(args)
        words = iter([args.words]) if args.words else _arriving(sys.stdin)
        for some_words in words:
            for start in range(0, len(some_words), _WORDS_AT_A_TIME):
                _answer(translator, some_words[start : start + _WORDS_AT_A_TIME], args)
        return 0


def _translator(args: argparse.Namespace) -> Translator:
    mapping = Mapping.load(args.mapping)
    if args.target_mapping is None:
        source, target = read_both(args, mapping)
        return Translator.of_mapping(mapping, source, target, approximate=args.approximate)
    target_mapping = Mapping.load(args.target_mapping)
    source, target = read_files(args)
    # Both languages are the source of their mapping; the pivot is the target of both.
    mapping.check_vectors(source.fingerprint, "source", source.path)
    target_mapping.check_vectors(target.fingerprint, "source", target.path)
    return Translator.through_pivot(
        source, mapping, target, target_mapping, approximate=args.approximate
    )


def _answer(translator: Translator, words: List[str], args: argparse.Namespace) -> None:
    answers = translator.translate(words, language=args.language, k=args.k, method=args.method)
    for word, translations in zip(words, answers):
        if not translations:
            sys.stderr.write(f"xner-map: no vector for {word!r} ({args.language})\n")
            sys.stdout.write(f"{word}\t\t\n")
        for translation in translations:
            sys.stdout.write(f"{word}\t{translation.word}\t{translation.score:.4f}\n")
    sys.stdout.flush()


def _arriving(stream: TextIO) -> Iterator[List[str]]:
    """
    The words on each line, as many at a time as have arrived: one where somebody types, many where
    a file is read.
    """
    rest = b""
    while block := stream.buffer.read1(_BYTES_AT_A_TIME):  # type: ignore[attr-defined]
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        yield _words(lines)
    yield _words([rest])


def _words(lines: Iterable[bytes]) -> List[str]:
    # Byte order marks stand at the beginning of a file, and where files were joined.
    words = (line.decode("utf-8", "replace").strip("\ufeff\r\t ") for line in lines)
    return [word for word in words if word]
