"""The subcommand `xner-report page`."""

import argparse
import sys
from pathlib import Path

from xner_allennlp.commands.page import judge_file, make_page
from xner_allennlp.common import whole_text_file
from xner_allennlp.console.arguments import positive, refuse_existing
from xner_allennlp.console.command import Command
from xner_allennlp.data import LANGUAGES


class Page(Command):
    """Tags labelled sentences and makes a page of them."""

    name = "page"
    help = "an HTML page of tagged sentences, errors first"
    description = """\
Tag the sentences of a labelled CoNLL file with a trained model, and make one HTML
file of them: gold and predicted entities, the model's probabilities, and what is
wrong. Sentences with most errors come first. The page needs no network."""
    examples = """\
  xner-report page runs/cross_augmented_en_nl/model.tar.gz nl.testb -o page.html
  xner-report page RUN/model.tar.gz nl.testb -o page.html --only-errors --number 200 \\
      --weights-file RUN/best_target_f1.th"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "archive", metavar="ARCHIVE", help="the model.tar.gz of a trained tagger"
        )
        parser.add_argument(
            "conll_file",
            metavar="CONLL_FILE",
            help="labelled sentences: CoNLL columns, the word in the first and the tag in the last",
        )
        parser.add_argument("-o", "--output", required=True, metavar="PAGE", help="the HTML file")
        parser.add_argument(
            "--weights-file",
            metavar="FILE",
            help="weights to use instead of the archive's, e.g. best_target_f1.th of its run",
        )
        parser.add_argument(
            "-n",
            "--number",
            type=positive,
            metavar="N",
            help="show so many sentences at most (default: all); counts on the page are always of "
            "all",
        )
        parser.add_argument(
            "--only-errors",
            action="store_true",
            help="show only sentences in which something is wrong",
        )
        parser.add_argument(
            "--language",
            choices=LANGUAGES,
            default="target",
            help="the language of the sentences (default: %(default)s)",
        )
        parser.add_argument(
            "-f", "--force", action="store_true", help="overwrite a page that exists"
        )

    def run(self, args: argparse.Namespace) -> int:
        refuse_existing(args.output, force=args.force)
        sentences = judge_file(
            args.archive,
            args.conll_file,
            weights_file=args.weights_file,
            language=args.language,
        )
        weights = args.weights_file or "those of the archive (the best epoch by its own selection)"
        page = make_page(
            sentences,
            title=f"{Path(args.conll_file).name}, tagged",
            facts=[f"Model: {args.archive}", f"Weights: {weights}", f"File: {args.conll_file}"],
            number=args.number,
            only_errors=args.only_errors,
        )
        with whole_text_file(args.output) as file:
            file.write(page)
        wrong = sum(sentence.errors > 0 for sentence in sentences)
        sys.stdout.write(f"{args.output}: {len(sentences)} sentences, {wrong} with errors\n")
        return 0
