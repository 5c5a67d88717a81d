from pathlib import Path
from typing import Any

from xner_allennlp.corpora import SOURCES


def test_all(run: Any) -> None:
    done = run("sources")
    assert done.status == 0
    text = " ".join(done.out.split())
    for source in SOURCES.values():
        assert source.title in text and source.how in text and source.licence in text
        for checksum in source.checksums:
            assert checksum.digest in text


def test_some(run: Any) -> None:
    out = run("sources", "fasttext-cc", "finer").out
    assert out.startswith("fasttext-cc: ") and "\nfiner: " in out and "conll" not in out
    assert "checksums  not known" in out


def test_unknown(run: Any) -> None:
    done = run("sources", "conll")
    assert done.status == 2
    assert "no source 'conll'. Choose of conll2003" in done.err


def test_identify(run: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    done = run("sources", "--identify", tmp_path / "x")
    assert (done.status, done.out) == (0, f"{tmp_path / 'x'}: not known\n")
