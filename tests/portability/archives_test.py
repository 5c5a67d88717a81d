"""Archives made earlier, or on another stack, say here what they said there."""

import json
from pathlib import Path

import pytest

from tests.portability.compare_stacks import Comparison, compare, tag_with

HERE = Path(__file__).resolve().parent


STACKS = ("modern", "official")
# A system each, trained before the package was laid out as it is now.
EARLIER = sorted((HERE / "before_the_move").glob("*.tar.gz"))


def compare_with_answers(archive: Path, corpus: Path) -> Comparison:
    """Tags the sentences of `<archive's name>.json` anew."""
    expected = json.loads(archive.with_name(archive.name.replace(".tar.gz", ".json")).read_text())
    sentences = ["".join(f"{token} O\n" for token in answer["tokens"]) for answer in expected]
    corpus.write_text("\n".join(sentences), "utf-8")
    return compare(expected, tag_with(archive, corpus))


@pytest.mark.parametrize("stack", STACKS)
def test_an_archive_tags_as_where_it_was_made(stack: str, tmp_path: Path) -> None:
    comparison = compare_with_answers(HERE / f"{stack}.tar.gz", tmp_path / "corpus")
    assert comparison.sentences == 28 and comparison.entities > 10
    assert comparison.other_tags == 0
    assert comparison.probability < 1e-4


def test_there_is_an_earlier_archive_of_each_system() -> None:
    assert len(EARLIER) == 11


@pytest.mark.parametrize("archive", EARLIER, ids=lambda path: path.name.partition(".")[0])
def test_an_earlier_archive_tags_as_it_did(archive: Path, tmp_path: Path) -> None:
    comparison = compare_with_answers(archive, tmp_path / "corpus")
    assert comparison.sentences == 28
    # Without mapped vectors there is nothing that the target shares with the source.
    assert comparison.entities > 0 or "random" in archive.name
    assert comparison.other_tags == 0
    assert comparison.probability < 1e-4
