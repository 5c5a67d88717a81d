from pathlib import Path
from typing import Any

import pytest

from xner_allennlp.corpora import FORMATS

DUTCH = (
    "-DOCSTART- -DOCSTART- O\nDe Art O\nBelg N B-MISC\n\nPari\xebs N B-LOC\n\n"
    "-DOCSTART- -DOCSTART- O\nGent N B-LOC\n\n"
)


@pytest.fixture
def dutch(tmp_path: Path) -> Path:
    path = tmp_path / "ned.train"
    path.write_bytes(DUTCH.encode("latin-1"))
    return path


def test_both_conventions(run: Any, dutch: Path, tmp_path: Path) -> None:
    out = tmp_path / "nl.train"
    done = run("convert", "conll2002", dutch, out)
    assert done.status == 0
    assert done.out == (
        f"{out}: 3 sentences, 4 tokens, 3 entities (LOC 2, MISC 1); read as latin-1\n"
    )
    assert out.read_text("utf-8") == "De O\nBelg B-MISC\n\nPariës B-LOC\n\nGent B-LOC\n\n"
    done = run("convert", "conll2002", dutch, out, "--docstart", "sentence", "--force")
    assert "1 sentence, 1 token, 1 entity (LOC 1)" in done.out
    assert "2 sentences dropped with a -DOCSTART-" in done.out
    assert out.read_text("utf-8") == "Pariës B-LOC\n\n"
    # And what was converted is clean.
    assert run("check", out).status == 0


def test_nothing_is_overwritten_unless_forced(run: Any, dutch: Path, tmp_path: Path) -> None:
    out = tmp_path / "nl.train"
    out.write_text("precious")
    done = run("convert", "conll2002", dutch, out)
    assert done.status == 2
    assert "Give --force" in done.err
    assert out.read_text() == "precious"
    done = run("convert", "conll2002", dutch, dutch, "--force")
    assert done.status == 2
    assert "is what is read" in done.err
    assert dutch.read_bytes() == DUTCH.encode("latin-1")


def test_renaming(run: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a\tB-PRO\tO\nb\tI-GPE\tO\nc d\tO\tO\n")
    arguments = ["convert", "finer", tmp_path / "in", tmp_path / "out"]
    done = run(*arguments)
    assert done.status == 2
    assert "in, line 2: " in done.err and "--map GPE=MISC" in done.err
    done = run(*arguments, "--map", "GPE=LOC", "--map", "PRO=O")
    assert done.status == 0
    assert "tags renamed: GPE -> LOC (1), PRO -> O (1); 1 tag brought to IOB2; 1 token with" in (
        done.out
    )
    assert (tmp_path / "out").read_text("utf-8") == "a O\nb B-LOC\nc\u00a0d O\n\n"


@pytest.mark.parametrize("value", ["PRO", "=MISC", "PRO=PRODUCT"])
def test_wrong_renaming(run: Any, dutch: Path, value: str) -> None:
    done = run("convert", "finer", dutch, "out", "--map", value)
    assert done.status == 2
    assert "--map" in done.err


def test_help_describes_every_format(run: Any) -> None:
    text = " ".join(run("convert", "--help").out.split())
    for format_ in FORMATS.values():
        assert format_.corpora in text


def test_unknown_format_and_folder(run: Any, dutch: Path, tmp_path: Path) -> None:
    done = run("convert", "conll", dutch, tmp_path / "out")
    assert done.status == 2 and "invalid choice: 'conll'" in done.err
    done = run("convert", "conll2002", dutch, tmp_path / "no" / "out")
    assert done.status == 2 and "there is no directory" in done.err
