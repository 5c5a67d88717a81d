"""What all programs do, tried on one that does nothing else."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.console.command_line import Command, CommandLine
from xner_allennlp.console.data import COMMAND_LINE as XNER_DATA
from xner_allennlp.console.map import COMMAND_LINE as XNER_MAP
from xner_allennlp.console.tagger import COMMAND_LINE as XNER_TAGGER
from xner_allennlp.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {
    "configuration": ConfigurationError("two\nlines"),
    "system": OSError(28, "No space left on device"),
    "interrupt": KeyboardInterrupt(),
}


class Raise(Command):
    name = "raise"
    help = "raise an error"
    description = "Raise an error."
    examples = "  xner-test raise configuration"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("error", nargs="*")
        parser.add_argument("-k", type=int, default=7)

    def run(self, args: argparse.Namespace) -> int:
        for name in args.error:
            raise ERRORS[name]
        return args.k


@pytest.fixture
def run(runner_of: Any) -> Any:
    return runner_of(CommandLine("xner-test", "Tests.", [Raise()], exit_statuses={7: "lucky"}).run)


def test_own_status(run: Any) -> None:
    assert run("raise").status == 7
    assert "  7  lucky" in run("--help").out
    assert "  2  an argument or a file is wrong" in run("--help").out


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("configuration", 2, "two lines"),
        ("system", 1, "[Errno 28] No space left on device"),
        ("interrupt", 130, "interrupted"),
    ],
)
def test_errors_are_one_line(run: Any, error: str, status: int, message: str) -> None:
    done = run("raise", error)
    assert (done.status, done.out, done.err) == (status, "", f"xner-test: error: {message}\n")


def test_options_between_arguments(run: Any) -> None:
    assert run("raise", "-k", 0).status == 0
    assert run("raise", "configuration", "-k", 0, "system").status == 2


@pytest.mark.parametrize(
    "program", [XNER_MAP, XNER_DATA, XNER_TAGGER], ids=lambda program: program.program
)
class TestPrograms:
    def test_help_lists_every_command(self, runner_of: Any, program: CommandLine) -> None:
        done = runner_of(program.run)("--help")
        assert done.status == 0
        for command in program.commands:
            assert f"  {command.name} " in done.out.replace("\n", " ")
            assert command.help in " ".join(done.out.split())

    def test_help_of_every_command(self, runner_of: Any, program: CommandLine) -> None:
        for command in program.commands:
            done = runner_of(program.run)(command.name, "--help")
            assert done.status == 0
            examples = done.out.split("examples:")[1]
            assert f"{program.program} {command.name}" in examples
            assert max(map(len, examples.splitlines())) <= 100

    def test_version(self, runner_of: Any, program: CommandLine) -> None:
        assert runner_of(program.run)("--version").out == f"{program.program} {VERSION}\n"

    @pytest.mark.parametrize("argv", [[], ["teach"]])
    def test_usage_errors_are_one_line(
        self, runner_of: Any, program: CommandLine, argv: Any
    ) -> None:
        done = runner_of(program.run)(*argv)
        assert done.status == 2
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith(program.program)

    def test_is_installed_as(self, program: CommandLine) -> None:
        module = program.program.replace("xner-", "xner_allennlp.console.")
        config = (ROOT / "setup.cfg").read_text("utf-8")
        assert f"    {program.program} = {module}:main\n" in config


@pytest.mark.parametrize("command", ["export", "serve"])
def test_the_default_language_is_said(runner_of: Any, command: str) -> None:
    said = " ".join(runner_of(XNER_TAGGER.run)(command, "--help").out.split())
    assert "source, or, of several sources, e.g. source_en (default: target)" in said


def test_a_command_is_chosen_without_torch_and_allennlp() -> None:
    program = (
        "import sys; from xner_allennlp.console.tagger import COMMAND_LINE\n"
        "COMMAND_LINE.make_parser().parse_args(['export', 'model.tar.gz', 'folder'])\n"
        "assert {'allennlp', 'torch'}.isdisjoint(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_closed_pipe() -> None:
    start = "import sys; from xner_allennlp.console.data import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", start, "sources"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    assert process.wait() == 141
