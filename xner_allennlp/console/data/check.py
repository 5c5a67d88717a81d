"""The subcommand `xner-data check`."""

import argparse
import json
import os
import sys
from typing import Dict, List, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.arguments import refuse_existing
from xner_allennlp.console.command_line import Command
from xner_allennlp.corpora.corpus_check import check_corpora
from xner_allennlp.corpora.data_folder import CorpusFile, corpora_of_folder, corpus_of_name
from xner_allennlp.corpora.report_text import report_lines

UNUSABLE_STATUS = 3


class Check(Command):
    """Checks corpora and the vectors' coverage of them."""

    name = "check"
    help = "check corpora: sizes beside the paper's, tags, dirt, encoding, coverage by vectors"
    description = """\
Check CoNLL files as the tagger reads them (the word first, the tag last): numbers
of sentences beside the paper's Table 1, with and without the sentences glued to a
-DOCSTART-; the tag scheme; columns, encoding, dirt in the words, sentences that
train and test share; and how many words have a vector. Each finding says what to
do. Errors must be mended (exit status 3), warnings want a look."""
    examples = """\
  # A folder with ner/en/en.train, .testa, .testb, vectors/en.vec.gz and the same of nl:
  xner-data check $XNER_DATA --languages en nl -o check.json
  # Files as they are:
  xner-data check ned.train ned.testa ned.testb --vectors cc.nl.300.vec.gz"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help="a folder laid out as ner/LANGUAGE/LANGUAGE.{train,testa,testb} and "
            "vectors/LANGUAGE.vec.gz, or files",
        )
        parser.add_argument(
            "--languages",
            nargs="+",
            metavar="LANGUAGE",
            help="the folder's languages to check (default: all); with files, the one they are of "
            "(default: what their names say, e.g. ned.train or nl.testa)",
        )
        parser.add_argument(
            "--vectors",
            metavar="FILE",
            help="word vectors of the language, to see which words have one (default: those of the "
            "folder)",
        )
        parser.add_argument(
            "--no-vectors",
            action="store_true",
            help="do not read vectors, which is what takes long",
        )
        parser.add_argument(
            "-o", "--output", metavar="JSON", help="write all that was found to this file, too"
        )
        parser.add_argument(
            "-f", "--force", action="store_true", help="overwrite JSON if it exists"
        )

    def run(self, args: argparse.Namespace) -> int:
        files, vectors = _files(args)
        if args.output:
            read = [*(file.path for file in files), *vectors.values()]
            refuse_existing(args.output, force=args.force, inputs=read)
        if args.no_vectors:
            vectors = {}
        check = check_corpora(files, vectors)
        for line in report_lines(check):
            sys.stdout.write(line + "\n")
        if args.output:
            text = json.dumps(check.to_json(), indent=2, ensure_ascii=False)
            with whole_text_file(args.output) as stream:
                stream.write(text + "\n")
        return 0 if check.is_usable else UNUSABLE_STATUS


def _files(args: argparse.Namespace) -> Tuple[List[CorpusFile], Dict[str, str]]:
    folders = [path for path in args.paths if os.path.isdir(path)]
    if folders and len(args.paths) > 1:
        raise ConfigurationError(f"{folders[0]} is a folder. Give one folder, or files.")
    if folders:
        layout = corpora_of_folder(folders[0], args.languages)
        files, vectors = layout.corpora, layout.vectors
    else:
        languages = args.languages or [None]
        if len(languages) > 1:
            raise ConfigurationError("Files are of one language. Give one, or a folder.")
        files = [corpus_of_name(path, languages[0]) for path in args.paths]
        vectors = {}
    if args.vectors:
        known = {file.language or "" for file in files}
        if len(known) > 1:
            raise ConfigurationError(
                "--vectors is one language's file, but several are checked. Give --languages."
            )
        vectors = dict.fromkeys(known, args.vectors)
    return files, vectors
