import re
from pathlib import Path
from typing import Any

import pytest

from tests.experiments.trained_run import TARGET_CORPUS, train_run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_run(tmp_path_factory.mktemp("trained"))


def test_page(run: Any, trained: Path, tmp_path: Path) -> None:
    arguments = ["page", trained / "model.tar.gz", TARGET_CORPUS, "-o", tmp_path / "page.html"]
    done = run(*arguments)
    assert done.status == 0
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    sentences, wrong = map(int, re.findall(r"\d+", done.out.partition(": ")[2]))
    assert html.count("<article") == sentences == 250
    assert html.count('<article class="errors"') == wrong > 0
    assert str(trained / "model.tar.gz") in html

    # A second page is not written over it unless that is said.
    refused = run(*arguments, "--number", 3)
    assert refused.status == 2 and "Give --force" in refused.err
    weights = trained / "best_target_f1.th"
    done = run(*arguments, "--force", "-n", 3, "--only-errors", "--weights-file", weights)
    assert done.status == 0
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.count("<article") == 3
    assert str(weights) in html


def test_errors(run: Any, trained: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run("page", tmp_path / "gone.tar.gz", TARGET_CORPUS, "-o", page)
    assert done.status == 2 and "gone.tar.gz" in done.err
    done = run("page", trained / "model.tar.gz", tmp_path / "gone.testb", "-o", page)
    assert done.status == 2 and "gone.testb" in done.err
    done = run("page", trained / "model.tar.gz", TARGET_CORPUS)
    assert done.status == 2 and "-o/--output" in done.err
    done = run("page", trained / "model.tar.gz", TARGET_CORPUS, "-o", page, "-n", 0)
    assert done.status == 2 and "at least 1" in done.err
    assert not page.exists()
