"""The arguments that name a folder of runs and what is to be shown of it."""

import argparse
from pathlib import Path

from experiments.names import DEFAULT_SELECTION, SELECTIONS
from experiments.report import REPORT_FOLDER


def add_root(parser: argparse.ArgumentParser) -> None:
    """The positional argument ROOT."""
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


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The option --selection."""
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in SELECTIONS.items())
    parser.add_argument(
        "--selection",
        choices=list(SELECTIONS),
        default=DEFAULT_SELECTION,
        help=f"whose scores to show where the paper does not say. {meanings} "
        "(default: %(default)s)",
    )


def add_no_embeddings(parser: argparse.ArgumentParser) -> None:
    """The option --no-embeddings."""
    parser.add_argument(
        "--no-embeddings",
        action="store_true",
        help="leave out Figure 3, which reads the word vectors and loads a model of each pair",
    )


def report_folder(args: argparse.Namespace) -> Path:
    return Path(args.output) if args.output else Path(args.root) / REPORT_FOLDER
