from typing import Any, List

import pytest


@pytest.fixture
def arguments(toy: Any) -> List[str]:
    return [
        "plot-mapping",
        str(toy / "mapping.npz"),
        *("--source-vectors", str(toy / "vectors" / "source.vec")),
        *("--target-vectors", str(toy / "vectors" / "target.vec")),
        *("--source-corpus", str(toy / "ner" / "source.testa")),
        *("--target-corpus", str(toy / "ner" / "target.testa")),
        *("--words-per-type", "10"),
    ]


def test_toy_world(run: Any, arguments: List[str], tmp_path: Any) -> None:
    png, pdf = tmp_path / "words.png", tmp_path / "words.pdf"
    done = run(*arguments, "-o", png, "-o", pdf, "--names", "English", "Toyish")
    assert done.status == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert done.out.splitlines() == [f"{png}: 80 words", f"{pdf}: 80 words"]

    # A second picture is not drawn over it.
    before = png.read_bytes()
    done = run(*arguments, "-o", png)
    assert done.status == 2
    assert "Give --force" in done.err
    assert png.read_bytes() == before


def test_errors(run: Any, arguments: List[str], tmp_path: Any) -> None:
    done = run(*arguments, "-o", tmp_path / "words.gif")
    assert done.status == 2
    assert "Use .png or .pdf" in done.err
    (tmp_path / "raw.txt").write_text("no\ntags\n")
    arguments[arguments.index("--source-corpus") + 1] = str(tmp_path / "raw.txt")
    done = run(*arguments, "-o", tmp_path / "words.png")
    assert done.status == 2
    assert "raw.txt" in done.err and "no tags" in done.err
    assert not (tmp_path / "words.png").exists()
