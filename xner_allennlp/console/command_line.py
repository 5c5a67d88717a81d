"""A program with subcommands: the subcommands, the parser, and how errors are reported."""

import argparse
import io
import logging
import os
import sys
from abc import ABC, abstractmethod
from typing import Callable, List, Mapping, NoReturn, Optional, Sequence, TextIO

from xner_allennlp.common.errors import WRONG_INPUT, is_input_error, tell_error
from xner_allennlp.common.whole_file import is_stream
from xner_allennlp.version import VERSION

SYSTEM_ERROR = 1
INTERRUPTED = 130
CLOSED_PIPE = 141

_EXIT_STATUSES = {
    0: "done",
    SYSTEM_ERROR: "the system refused something, e.g. the disk is full",
    WRONG_INPUT: "an argument or a file is wrong; the message says which and what to do",
}


class Command(ABC):
    """
    A subcommand. `name` is what the user types, `help` one line about it for the list of all,
    `description` what its own help begins with, and `examples` what that ends with. Its methods are
    called only where it was chosen, and import what only they need.
    """

    name: str
    help: str
    description: str
    examples: str

    @abstractmethod
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds this subcommand's arguments."""

    @abstractmethod
    def run(self, args: argparse.Namespace) -> int:
        """
        Does the work and returns the exit status.

        # Raises

        `InputError`, `ConfigurationError`
            If something is wrong that the user can correct.
        """


class CommandLine:
    """
    # Parameters

    program : `str`
        What the user types.
    description : `str`
        What the program is for, the beginning of its help.
    commands : `List[Command]`
    exit_statuses : `Mapping[int, str]`, optional (default = `{}`)
        The meanings of exit statuses that only these commands have.
    """

    def __init__(
        self,
        program: str,
        description: str,
        commands: List[Command],
        *,
        exit_statuses: Optional[Mapping[int, str]] = None,
    ) -> None:
        self.program = program
        self.commands = commands
        self._description = description
        self._exit_statuses = {**_EXIT_STATUSES, **(exit_statuses or {})}

    def run(self, argv: Optional[Sequence[str]] = None) -> int:
        """
        # Parameters

        argv : `Sequence[str]`, optional
            The arguments after the program's name (default: the arguments of this process).

        # Returns

        `int`
            The exit status. Errors in the input are reported in one line on standard error.
        """
        args = self.make_parser().parse_args(argv)
        # Does nothing where the caller, e.g. a test, has set up logging.
        logging.basicConfig(
            format=f"{self.program}: %(levelname)s: %(message)s", level=logging.WARNING
        )
        if isinstance(sys.stdout, io.TextIOWrapper):
            # As the words of the files are; arguments and names of files that are not UTF-8 come
            # out as they came in.
            sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
        try:
            return int(args.command.run(args))
        except BrokenPipeError:
            # The reader of the output was closed, as by `head`. Without this Python would complain
            # when it flushes the output at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return CLOSED_PIPE
        except OSError as error:
            tell_error(self.program, str(error))
            return SYSTEM_ERROR
        except KeyboardInterrupt:
            tell_error(self.program, "interrupted")
            return INTERRUPTED
        except Exception as error:
            if not is_input_error(error):
                raise
            tell_error(self.program, str(error))
            return WRONG_INPUT

    def make_parser(self) -> argparse.ArgumentParser:
        """The parser of all subcommands; `args.command` is the one that was chosen."""
        statuses = "".join(f"  {number}  {is_}\n" for number, is_ in self._exit_statuses.items())
        parser = _Parser(
            prog=self.program,
            description=self._description,
            epilog=f"`{self.program} COMMAND --help` has examples.\n\nexit status:\n{statuses}",
            formatter_class=_HelpFormatter,
        )
        parser.add_argument("--version", action="version", version=f"{self.program} {VERSION}")
        subparsers = parser.add_subparsers(
            title="commands", metavar="COMMAND", required=True, parser_class=_Subparser
        )
        for command in self.commands:
            subparser = subparsers.add_parser(
                command.name,
                help=command.help,
                description=command.description,
                epilog=f"examples:\n{command.examples}",
                formatter_class=_HelpFormatter,
            )
            subparser.fill = command.add_arguments
            subparser.set_defaults(command=command)
        return parser


def summary_stream(output: str) -> TextIO:
    """Where to tell of what was written to `output`: not behind it, if that is the screen."""
    return sys.stderr if is_stream(output) else sys.stdout


class _Parser(argparse.ArgumentParser):
    """Tells an error in one line, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, f"{self.prog}: error: {message} (`{self.prog} --help` tells more)\n")


class _Subparser(_Parser):
    """
    Takes options before, between and after other arguments: `translate MAPPING -k 3 WORD`. `fill`
    adds the arguments once its subcommand is chosen.
    """

    fill: Optional[Callable[[argparse.ArgumentParser], None]] = None
    _is_intermixing = False

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        if self.fill is not None:
            self.fill(self)
            self.fill = None
        if self._is_intermixing:  # called by what is called below
            return super().parse_known_args(args, namespace)
        self._is_intermixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_intermixing = False


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Descriptions and examples as they are written, and room for the names beside their help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        # A name of several words says itself how many there are.
        name = action.metavar
        several = isinstance(name, str) and " " in name
        return str(name) if several else super()._format_args(action, default_metavar)
