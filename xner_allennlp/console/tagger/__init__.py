"""
`xner-tagger`: from files to a tagger, and to its use. One subcommand a file; AllenNLP is imported
by those that need it, when they run.
"""

from typing import Optional, Sequence

from xner_allennlp.console.command_line import CommandLine
from xner_allennlp.console.tagger.card import Card
from xner_allennlp.console.tagger.export import Export
from xner_allennlp.console.tagger.learn import FAILED_STATUS, Learn
from xner_allennlp.console.tagger.serve import Serve

COMMAND_LINE = CommandLine(
    "xner-tagger",
    "Learn a named-entity tagger for a language without labelled sentences, and use it.",
    [Learn(), Export(), Serve(), Card()],
    exit_statuses={FAILED_STATUS: "a step of learning has failed; the message says which and why"},
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `xner-tagger`; see `CommandLine.run`."""
    return COMMAND_LINE.run(argv)
