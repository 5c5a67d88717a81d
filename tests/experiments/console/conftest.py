from pathlib import Path
from typing import Any

import pytest

from experiments.console import main
from tests.console.conftest import runner_of  # noqa: F401
from tests.experiments.run_folders import write_experiments


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_experiments(tmp_path / "small", ["en_es"])


@pytest.fixture
def run(runner_of: Any) -> Any:  # noqa: F811
    """Runs `python -m experiments`."""
    return runner_of(main)
