import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xner_allennlp.console.command_line import COMMANDS
from xner_allennlp.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


def test_help_lists_every_command(run: Any) -> None:
    done = run("--help")
    assert done.status == 0
    for command in COMMANDS:
        assert f"  {command.name} " in done.out
        assert command.help in " ".join(done.out.split())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_of_every_command(run: Any, command: Any) -> None:
    done = run(command.name, "--help")
    assert done.status == 0
    assert f"xner-map {command.name}" in done.out.split("examples:")[1]


def test_version(run: Any) -> None:
    assert run("--version").out == f"xner-map {VERSION}\n"


@pytest.mark.parametrize("argv", [[], ["teach"], ["translate"]])
def test_usage_errors_are_one_line(run: Any, argv: Any) -> None:
    done = run(*argv)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("xner-map")


def test_interrupt(run: Any, world: Any, monkeypatch: Any) -> None:
    from xner_allennlp.console import translate

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(translate, "read_both", interrupt)
    done = run("translate", *world.files, "s50")
    assert done.status == 130
    assert done.err.splitlines()[-1] == "xner-map: error: interrupted"


def test_system_error(run: Any, world: Any, monkeypatch: Any) -> None:
    from xner_allennlp.console import apply

    def fill_disk(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(apply, "map_vector_file", fill_disk)
    done = run("apply", world.files[0], "source", world.source.path, world.folder / "out.vec")
    assert done.status == 1
    assert done.err.splitlines()[-1] == "xner-map: error: [Errno 28] No space left on device"


def test_process(world: Any) -> None:
    start = "import sys; from xner_allennlp.console import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start, "translate", "none.npz", *world.files[1:]],
        cwd=world.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("xner-map: error: none.npz: there is no mapping")
    assert "Traceback" not in done.stderr
