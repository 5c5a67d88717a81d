"""The subcommand `python -m experiments all`."""

import argparse
import sys

from experiments.console.report_arguments import (
    add_no_embeddings,
    add_root,
    add_selection,
    report_folder,
)
from experiments.figures import all_figures
from experiments.report import FIGURE_FOLDER, TABLE_FOLDER, write_report
from experiments.runs import read_experiments
from experiments.tables import all_tables, write_table
from xner_allennlp.console.command_line import Command


class All(Command):
    """Tables, figures, and a report that shows them."""

    name = "all"
    help = "tables, figures, and a report that shows them"
    description = """\
Write tables and figures into ROOT/report, and report.md, which shows them and
says which model selection they are by."""
    examples = """\
  python -m experiments all runs/experiments/small
  python -m experiments all runs/experiments/fixtures --note "Toy world, not Dutch." """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_root(parser)
        add_selection(parser)
        add_no_embeddings(parser)
        parser.add_argument(
            "--note",
            metavar="TEXT",
            help="what a reader must know about the data; stands at the top of the report",
        )

    def run(self, args: argparse.Namespace) -> int:
        experiments = read_experiments(args.root)
        folder = report_folder(args)
        # Figures first: what they find wrong with a run stands in the tables.
        figures = all_figures(
            experiments,
            folder / FIGURE_FOLDER,
            args.selection,
            embeddings=not args.no_embeddings,
        )
        tables = all_tables(experiments, args.selection)
        for table in tables:
            write_table(table, folder / TABLE_FOLDER)
        path = write_report(experiments, tables, figures, folder, args.selection, note=args.note)
        sys.stdout.write(
            f"{path}: {len(tables)} tables, {len(figures)} figures, "
            f"{len(experiments.problems)} problems\n"
        )
        return 0
