import logging
from pathlib import Path
from typing import Callable, NamedTuple

import pytest

from tests.reports.run_folders import write_experiments
from xner_allennlp.console.report import main


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_experiments(tmp_path / "small", ["en_es"])


@pytest.fixture
def run(capfd: pytest.CaptureFixture) -> Callable[..., Done]:
    """Runs `xner-report` in this process, and returns its status and what it printed."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)

    def run_main(*argv: object) -> Done:
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in argv])
        except SystemExit as end:  # argparse
            status = int(end.code or 0)
        finally:
            logger.setLevel(level)
            logger.handlers[:] = handlers
        return Done(status, *capfd.readouterr())

    return run_main
