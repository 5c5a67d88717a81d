"""
`xner-report`: tables, figures and pages about trained systems. One subcommand a file.
"""

from typing import Optional, Sequence

from xner_allennlp.console.command_line import CommandLine
from xner_allennlp.console.report.all import All
from xner_allennlp.console.report.figures import Figures
from xner_allennlp.console.report.page import Page
from xner_allennlp.console.report.tables import Tables

COMMAND_LINE = CommandLine(
    "xner-report",
    "Show what a folder of training runs has come to, beside the paper's figures, and read one "
    "model's output.",
    [All(), Tables(), Figures(), Page()],
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `xner-report`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
