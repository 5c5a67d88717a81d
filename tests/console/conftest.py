"""Running a console script in this process."""

import logging
import sys
from typing import Callable, NamedTuple

import pytest


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def runner_of(
    capfd: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[..., int]], Callable[..., Done]]:
    """Makes a program's `main` a function that returns its status and what it printed."""
    # Some commands set these up for the whole process.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)

    def make(main: Callable[..., int]) -> Callable[..., Done]:
        def run(*argv: object) -> Done:
            capfd.readouterr()
            try:
                status = main([str(argument) for argument in argv])
            except SystemExit as end:  # argparse
                status = int(end.code or 0)
            finally:
                root.setLevel(level)
                root.handlers[:] = handlers
            return Done(status, *capfd.readouterr())

        return run

    return make
