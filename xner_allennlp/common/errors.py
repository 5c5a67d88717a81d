"""What is wrong with the user's input, in the parts that work without AllenNLP."""

import sys

WRONG_INPUT = 2
"""The exit status of a command line where that is so, as argparse has it."""


class InputError(ValueError):
    """An argument or a file is wrong; the message says which and what to do."""


def tell_error(program: str, message: str) -> None:
    """What a command line says on standard error before it ends: one line."""
    sys.stderr.write(f"{program}: error: {' '.join(message.split())}\n")


def is_input_error(error: BaseException) -> bool:
    """Whether the user can correct this: an `InputError`, or AllenNLP's `ConfigurationError`."""
    checks = sys.modules.get("allennlp.common.checks")
    return isinstance(error, InputError) or (
        checks is not None and isinstance(error, checks.ConfigurationError)
    )
