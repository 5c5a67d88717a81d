"""The subcommand `python -m experiments ensemble`."""

import argparse
from typing import Dict, List

from experiments.scores import score_file
from experiments.tagged_file import TaggedSentence
from xner_allennlp.console.command_line import Command
from xner_allennlp.models import required_tagger
from xner_allennlp.models.trained_tagger import labelled_sentences, load_archive, words_and_tags
from xner_allennlp.training import Teachers


class Ensemble(Command):
    """Scores the mixture of several taggers, the control of what is distilled from them."""

    name = "ensemble"
    help = "score the mixture of several taggers"
    description = """\
Score the mixture of several taggers on labelled target sentences: the most
probable allowed tags by the average of what they expect, as `distillation` with
`labels: hard` has them. What a student has learned from these taggers is to be
compared with it."""
    examples = """\
  python -m experiments ensemble runs/cross_shared/model.tar.gz \\
      runs/translated/model.tar.gz --file nl.testb"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("archives", nargs="+", metavar="ARCHIVE", help="model.tar.gz of each")
        parser.add_argument(
            "--file",
            required=True,
            help="labelled target sentences, which the first archive's reader reads",
        )

    def run(self, args: argparse.Namespace) -> int:
        archive = load_archive(args.archives[0])
        model = required_tagger(archive.model, args.archives[0])
        names = model.vocab.get_index_to_token_vocabulary(model.label_namespace)
        gold = labelled_sentences(archive, args.file, "target")
        teachers = Teachers(args.archives, model.vocab, model.label_namespace)
        predicted: Dict[int, List[str]] = {}
        for rows, counts, mask in teachers.label(gold):
            for row, path in zip(rows, model.crf.most_probable_tags(counts.unary, mask)):
                predicted[row] = [names[index] for index in path.tolist()]
        sentences = [
            TaggedSentence(*words_and_tags(each), predicted[row]) for row, each in enumerate(gold)
        ]
        print(score_file(sentences).by_type.round(2).to_markdown())
        return 0
