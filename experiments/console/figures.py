"""The subcommand `python -m experiments figures`."""

import argparse
import sys

from experiments.console.report_arguments import (
    add_no_embeddings,
    add_root,
    add_selection,
    report_folder,
)
from experiments.figures import all_figures
from experiments.report import FIGURE_FOLDER
from experiments.runs import read_experiments
from xner_allennlp.console.command_line import Command


class Figures(Command):
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

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_root(parser)
        add_selection(parser)
        add_no_embeddings(parser)

    def run(self, args: argparse.Namespace) -> int:
        folder = report_folder(args) / FIGURE_FOLDER
        drawn = all_figures(
            read_experiments(args.root), folder, args.selection, embeddings=not args.no_embeddings
        )
        for entry in drawn:
            for ending in ("png", "pdf"):
                sys.stdout.write(f"{folder / entry.name}.{ending}\n")
        return 0
