"""The subcommand `python -m experiments tables`."""

import argparse
import sys

from experiments.console.report_arguments import add_root, add_selection, report_folder
from experiments.report import TABLE_FOLDER
from experiments.runs import read_experiments
from experiments.tables import all_tables, write_table
from xner_allennlp.console.command_line import Command


class Tables(Command):
    """Writes the tables."""

    name = "tables"
    help = "write the paper's tables with your scores, and some more"
    description = f"""\
Write tables as Markdown, CSV and LaTeX into ROOT/report/{TABLE_FOLDER}: the paper's
Tables 2-5 with your scores beside the paper's, ablations, significance, scores
by entity type, the runs, and what is wrong with runs that do not count. Scores
are recomputed from the predictions in evaluation/<selection>/<set>.conll."""
    examples = """\
  python -m experiments tables runs/experiments/small
  python -m experiments tables runs/experiments/small --selection target_dev -o /tmp/tables"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_root(parser)
        add_selection(parser)

    def run(self, args: argparse.Namespace) -> int:
        experiments = read_experiments(args.root)
        for table in all_tables(experiments, args.selection):
            for path in write_table(table, report_folder(args) / TABLE_FOLDER):
                sys.stdout.write(f"{path}\n")
        return 0
