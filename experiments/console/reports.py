"""The subcommands `all`, `tables` and `figures` of `python -m experiments`."""

import argparse
import sys
from pathlib import Path

from experiments.figures import all_figures
from experiments.names import DEFAULT_SELECTION, SELECTIONS
from experiments.report import FIGURE_FOLDER, REPORT_FOLDER, TABLE_FOLDER, write_report
from experiments.runs import read_experiments
from experiments.tables import all_tables, write_table
from xner_allennlp.console.command_line import Command


class _ReportCommand(Command):
    """Shows a folder of runs; says the arguments that name it and what is to be shown of it."""

    draws_figures = True

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "root",
            metavar="ROOT",
            help="folder of the experiments, which holds systems/<pair>/<system>/seed_<seed>",
        )
        parser.add_argument(
            "-o",
            "--output",
            metavar="FOLDER",
            help=f"where to write; reports of before are replaced (default: ROOT/{REPORT_FOLDER})",
        )
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in SELECTIONS.items())
        parser.add_argument(
            "--selection",
            choices=list(SELECTIONS),
            default=DEFAULT_SELECTION,
            help=f"whose scores to show where the paper does not say. {meanings} "
            "(default: %(default)s)",
        )
        if self.draws_figures:
            parser.add_argument(
                "--no-embeddings",
                action="store_true",
                help="leave out Figure 3, which reads the word vectors and loads a model of each "
                "pair",
            )


class All(_ReportCommand):
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
        super().add_arguments(parser)
        parser.add_argument(
            "--note",
            metavar="TEXT",
            help="what a reader must know about the data; stands at the top of the report",
        )

    def run(self, args: argparse.Namespace) -> int:
        experiments = read_experiments(args.root)
        folder = _report_folder(args)
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


class Tables(_ReportCommand):
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
    draws_figures = False

    def run(self, args: argparse.Namespace) -> int:
        experiments = read_experiments(args.root)
        for table in all_tables(experiments, args.selection):
            for path in write_table(table, _report_folder(args) / TABLE_FOLDER):
                sys.stdout.write(f"{path}\n")
        return 0


class Figures(_ReportCommand):
    """Draws the figures."""

    name = "figures"
    help = "draw the paper's figures of your runs, and some more"
    description = f"""\
Draw figures of each pair as PNG and PDF into ROOT/report/{FIGURE_FOLDER}: correctly tagged
words by sentence length (the paper's Figure 2), entity words by t-SNE (Figure
3), learning curves, confusion of entity types, quality of pseudo-labels."""
    examples = """\
  python -m experiments figures runs/experiments/small
  python -m experiments figures runs/experiments/small --no-embeddings"""

    def run(self, args: argparse.Namespace) -> int:
        folder = _report_folder(args) / FIGURE_FOLDER
        drawn = all_figures(
            read_experiments(args.root), folder, args.selection, embeddings=not args.no_embeddings
        )
        for entry in drawn:
            for ending in ("png", "pdf"):
                sys.stdout.write(f"{folder / entry.name}.{ending}\n")
        return 0


def _report_folder(args: argparse.Namespace) -> Path:
    return Path(args.output) if args.output else Path(args.root) / REPORT_FOLDER
