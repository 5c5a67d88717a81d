"""What all tests share: the repository's root, and settings that no user's environment changes."""

import logging
import os
from pathlib import Path
from typing import Iterator

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# The tensors of the tests are tiny: threads, here and in subprocesses, would only wait for each
# other.
os.environ["OMP_NUM_THREADS"] = "1"
# By default Ray's workers are nice, and wait for the other tests.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112

# On a busy machine any example may take long.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

for name in [name for name in os.environ if name.startswith("XNER_")]:
    del os.environ[name]

import torch  # noqa: E402

from xner_allennlp import plugin  # noqa: E402,F401  (registers the components)

torch.set_num_threads(1)


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def toy() -> Path:
    return ROOT / "fixtures" / "toy"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Training sets it up for the whole process, with streams that are closed after its test."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)
    yield
    logger.setLevel(level)
    logger.handlers[:] = handlers
