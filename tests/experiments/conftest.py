from importlib.util import find_spec
from pathlib import Path

import pytest

from experiments.runs import Experiments, read_experiments
from tests.experiments.run_folders import write_experiments
from tests.experiments.trained_run import train_run

# The official stack (Python 3.10) has not what these tables are made with.
if find_spec("tabulate") is None:
    collect_ignore_glob = ["*"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_experiments(tmp_path / "small")


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained run; not to be changed."""
    return train_run(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def experiments(root: Path) -> Experiments:
    return read_experiments(root)
