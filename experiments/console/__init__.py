"""
`python -m experiments`, run from the root of the repository: tables and figures about trained
systems.
"""

from typing import Optional, Sequence

from experiments.console.ensemble import Ensemble
from experiments.console.plot_mapping import PlotMapping
from experiments.console.reports import All, Figures, Tables
from xner_allennlp.console.command_line import CommandLine

COMMAND_LINE = CommandLine(
    "python -m experiments",
    "Show the results of a folder of training runs, beside the paper's figures.",
    [All(), Tables(), Figures(), PlotMapping(), Ensemble()],
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `python -m experiments`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
