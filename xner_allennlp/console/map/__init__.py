"""
`xner-map`: the mapping of word vectors from the command line, where no AllenNLP config is wanted.
One subcommand a file.
"""

from typing import Optional, Sequence

from xner_allennlp import plugin  # noqa: F401  (AllenNLP without torchvision's warning, as we use it)
from xner_allennlp.commands.map_embeddings import FAILED_STATUS
from xner_allennlp.console.command_line import CommandLine
from xner_allennlp.console.map.apply import Apply
from xner_allennlp.console.map.evaluate import Evaluate
from xner_allennlp.console.map.learn import Learn
from xner_allennlp.console.map.pivot import Pivot
from xner_allennlp.console.map.translate import Translate

COMMAND_LINE = CommandLine(
    "xner-map",
    "Map the word vectors of two or more languages into one space, and use the mapping.",
    [Learn(), Translate(), Apply(), Evaluate(), Pivot()],
    exit_statuses={FAILED_STATUS: "a mapping was learned and written, but it has failed"},
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `xner-map`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
