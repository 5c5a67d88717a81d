"""Archives made on the modern and on the official stack say here what they said there."""

import json
from pathlib import Path

import pytest

from tests.portability.compare_stacks import compare, tag_with

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("stack", ["modern", "official"])
def test_an_archive_tags_as_where_it_was_made(stack: str, tmp_path: Path) -> None:
    expected = json.loads((HERE / f"{stack}.json").read_text("utf-8"))
    corpus = tmp_path / "corpus"
    sentences = ["".join(f"{token} O\n" for token in answer["tokens"]) for answer in expected]
    corpus.write_text("\n".join(sentences), "utf-8")
    comparison = compare(expected, tag_with(HERE / f"{stack}.tar.gz", corpus))
    assert comparison.sentences == 28 and comparison.entities > 10
    assert comparison.other_tags == 0
    assert comparison.probability < 1e-4
