"""`xner-tagger export`."""

import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import ROOT
from xner_allennlp import Tagger
from xner_allennlp.console.tagger import main

# Trained on the toy world; its tags are those of both supported stacks.
ARCHIVE = ROOT / "tests" / "portability" / "modern.tar.gz"


@pytest.fixture(name="run")
def _run(runner_of: Any) -> Any:
    return runner_of(main)


def test_export(run: Any, tmp_path: Path) -> None:
    done = run("export", ARCHIVE, tmp_path / "tagger")
    assert (done.status, done.err) == (0, "")
    tagger = Tagger.load(tmp_path / "tagger")
    assert done.out == f"{tmp_path / 'tagger'}: {', '.join(tagger.entity_types)}\n"


def test_the_card_goes_with_it(run: Any, tmp_path: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path / "run")
    (tmp_path / "run" / "README.md").write_text("# A card: é\n", "utf-8")
    assert run("export", tmp_path / "run", tmp_path / "tagger").status == 0
    Tagger.load(tmp_path / "tagger").export(tmp_path / "again")
    for folder in ("tagger", "again"):
        assert (tmp_path / folder / "README.md").read_text("utf-8") == "# A card: é\n"


def test_mistakes(run: Any, tmp_path: Path) -> None:
    done = run("export", tmp_path / "none.tar.gz", tmp_path / "tagger")
    assert done.status == 2 and "none.tar.gz is no tagger" in done.err
    shutil.copy(ARCHIVE, tmp_path / "model.tar.gz")
    done = run("export", tmp_path / "model.tar.gz", tmp_path)
    assert done.status == 2 and "exists already; name a new folder" in done.err
