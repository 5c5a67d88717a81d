"""
`xner-report`: tables, figures and pages about trained systems. One subcommand a file.
"""

from typing import Optional, Sequence

from experiments.console.all import All
from experiments.console.figures import Figures
from experiments.console.page import Page
from experiments.console.tables import Tables
from xner_allennlp.console.command_line import CommandLine

COMMAND_LINE = CommandLine(
    "xner-report",
    "Show what a folder of training runs has come to, beside the paper's figures, and read one "
    "model's output.",
    [All(), Tables(), Figures(), Page()],
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `xner-report`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
