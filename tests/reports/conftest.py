from pathlib import Path

import pytest

from tests.reports.run_folders import write_experiments
from tests.reports.trained_run import train_run
from xner_allennlp.reports.runs import Experiments, read_experiments


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
