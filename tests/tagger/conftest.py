"""A small trained tagger: its archive, and the folder exported from it."""

from pathlib import Path

import pytest

from tests.tiny_runs import ROOT
from xner_allennlp import Tagger


@pytest.fixture(scope="session")
def archived() -> Tagger:
    return Tagger.load(ROOT / "tests" / "portability" / "modern.tar.gz")


@pytest.fixture(scope="session")
def folder(archived: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "tagger"
    archived.export(path)
    return path


@pytest.fixture(scope="session")
def exported(folder: Path) -> Tagger:
    return Tagger.load(folder)
