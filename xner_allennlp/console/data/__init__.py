"""`xner-data`: corpora and configs, before anything is trained. One subcommand a file."""

from typing import Optional, Sequence

from xner_allennlp import plugin  # noqa: F401  (AllenNLP without torchvision's warning, as we use it)
from xner_allennlp.console.command_line import CommandLine
from xner_allennlp.console.data.check import UNUSABLE_STATUS, Check
from xner_allennlp.console.data.convert import Convert
from xner_allennlp.console.data.sources import Sources
from xner_allennlp.console.data.translate import Translate
from xner_allennlp.console.data.workspace import Workspace

COMMAND_LINE = CommandLine(
    "xner-data",
    "Obtain, convert and check the corpora and word vectors that the tagger is trained on; make\n"
    "a folder to train it in.",
    [Check(), Convert(), Sources(), Translate(), Workspace()],
    exit_statuses={UNUSABLE_STATUS: "something in the data must be mended first"},
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `xner-data`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
