"""
The arguments of command lines: checks, handing them to the function that does the work, and telling
what is wrong with them.
"""

import argparse
import functools
import inspect
import os
import sys
from typing import Any, Callable, Optional, Sequence

from xner_allennlp.common.errors import WRONG_INPUT, InputError, is_input_error, tell_error
from xner_allennlp.common.whole_file import is_stream


def positive(text: str) -> int:
    """The type of an argument that is a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def refuse_existing(path: str, *, force: bool, inputs: Sequence[str] = ()) -> None:
    """
    # Parameters

    path : `str`
        Where something will be written; a pipe or a device is never refused.
    force : `bool`
        Whether what is there may be overwritten.
    inputs : `Sequence[str]`, optional (default = `()`)
        What is read, and so may never be overwritten.

    # Raises

    `InputError`
        If there is a file at `path` already that may not be overwritten, or there cannot be one.
    """
    if os.path.isdir(path):
        raise InputError(f"{path} is a directory. Give the name of a file.")
    if is_stream(path):
        return
    for read in inputs if os.path.exists(path) else ():
        if os.path.exists(read) and os.path.samefile(path, read):
            raise InputError(f"{path} is what is read. Give another name for the output.")
    if os.path.exists(path) and not force:
        raise InputError(
            f"{path} exists already. Give --force to overwrite it, or choose another name."
        )
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise InputError(f"{path}: there is no directory {folder}. Make it first.")


def add_language(
    parser: argparse.ArgumentParser, what: str, *, default: Optional[str] = "target"
) -> None:
    """
    The option `--language`, which says of `what`. A `default` is told by AllenNLP's parsers; `None`
    is that of a program which takes exported folders too, whose language is their own.
    """
    parser.add_argument(
        "--language",
        default=default,
        help=f"of {what}: target, source, or, of several sources, e.g. source_en"
        + ("" if default else " (default: target)"),
    )


def called_with_arguments(function: Callable[..., Any]) -> Callable[[argparse.Namespace], Any]:
    """
    What a subcommand of `allennlp` calls: it calls `function` with the parsed arguments that have
    the names of its parameters, and tells mistakes as [`mistakes_told`](#mistakes_told) does.
    """

    def call(args: argparse.Namespace) -> Any:
        names = inspect.signature(function).parameters
        return function(**{name: getattr(args, name) for name in names})

    return mistakes_told(call)


def mistakes_told(
    call: Callable[[argparse.Namespace], Any],
) -> Callable[[argparse.Namespace], Any]:
    """
    The same, but what the user can correct ends the process with one line and status 2, as it ends
    our own programs; AllenNLP would show where in its code that was found out.
    """

    @functools.wraps(call)
    def call_and_tell(args: argparse.Namespace) -> Any:
        try:
            return call(args)
        except Exception as error:
            if not (is_input_error(error) or isinstance(error, FileNotFoundError)):
                raise
            tell_error("allennlp", str(error))
            sys.exit(WRONG_INPUT)

    return call_and_tell
