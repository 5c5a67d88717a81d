import gzip
import logging
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors import read_word_vectors, word2vec_binary

WORDS = ["</s>", "été", "the", "the", "zero"]
MATRIX = np.random.default_rng(1).normal(size=(5, 30)).astype("<f4")
MATRIX[4] = 0


def content(
    words: List[str] = WORDS, matrix: np.ndarray = MATRIX, end: bytes = b"\n", count: int = 5
) -> bytes:
    rows = [word.encode() + b" " + row.tobytes() + end for word, row in zip(words, matrix)]
    return f"{count} {matrix.shape[1]}\n".encode() + b"".join(rows)


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("block", [7, 150, 1 << 20])
def test_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes, gzipped: bool, block: int
) -> None:
    monkeypatch.setattr(word2vec_binary, "_BLOCK_BYTES", max(block, 30))
    path = tmp_path / "vectors"
    path.write_bytes(gzip.compress(content(end=end)) if gzipped else content(end=end))
    vectors = read_word_vectors(path)
    assert vectors.words == ["</s>", "été", "the", "zero"]
    assert np.array_equal(vectors.matrix, MATRIX[[0, 1, 2, 4]])
    assert vectors.counts["repeated"] == vectors.counts["null"] == 1
    assert read_word_vectors(path, wanted={"the"}).words == ["the"]
    assert read_word_vectors(path, max_words=2).words == ["</s>", "été"]


def test_a_vector_may_hold_spaces_and_line_feeds(tmp_path: Path) -> None:
    matrix = np.frombuffer(b" \n \n" * 90 + b"\0\0 \n" * 60, "<f4").reshape(5, 30)
    path = tmp_path / "v.bin"
    path.write_bytes(content(["a", "b", "c", "d", "e"], matrix))
    assert np.array_equal(read_word_vectors(path).matrix, matrix)


def test_words_that_cannot_be_decoded(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(content().replace("été".encode(), "été".encode("latin-1")))
    vectors = read_word_vectors(path)
    assert vectors.words == ["</s>", "the", "zero"]
    assert vectors.counts["undecodable"] == 1


@pytest.mark.parametrize(
    "data, options, message",
    [
        (content()[:-2], {}, "5 words of 30 dimensions, but row 4 is followed"),
        (content(count=6), {}, "6 words of 30 dimensions, but row 5 is followed"),
        (content(), {"dim": 25}, "30 dimensions, but 25"),
        (gzip.compress(content(), mtime=0)[:-40], {}, "damaged or cut short"),
        (content(matrix=np.where(MATRIX[1, 3] == MATRIX, np.nan, MATRIX)), {}, "row 2: .*NaN"),
    ],
)
def test_errors(tmp_path: Path, data: bytes, options: Any, message: str) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=message) as error:
        read_word_vectors(path, **options)
    assert str(path) in str(error.value)


def test_rows_beyond_those_of_the_header_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "v.bin"
    for count, warnings in ((5, 0), (4, 1), (0, 1)):
        caplog.clear()
        path.write_bytes(content(count=count))
        vectors = read_word_vectors(path)
        assert vectors.counts["rows_read"] == count
        found = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(found) == warnings
        assert all(f"the header says {count} words, but" in one.getMessage() for one in found)


def test_a_header_of_thousands_of_digits(tmp_path: Path) -> None:
    path = tmp_path / "v.bin"
    path.write_bytes(b"9" * 5000 + content())
    with pytest.raises(ConfigurationError, match="v.bin"):
        read_word_vectors(path)
    path.write_bytes(b"1 999999999999999999\n\x01 ")
    with pytest.raises(ConfigurationError, match="said to have 999999999999999999 dimensions"):
        read_word_vectors(path)


def test_we_read_what_gensim_writes(tmp_path: Path) -> None:
    keyed_vectors = pytest.importorskip("gensim.models.keyedvectors")
    words = ["a", "été", "👩"]
    theirs = keyed_vectors.KeyedVectors(30)
    theirs.add_vectors(words, MATRIX[:3])
    theirs.save_word2vec_format(tmp_path / "theirs.bin", binary=True)
    again = read_word_vectors(tmp_path / "theirs.bin")
    assert again.words == words
    assert np.array_equal(again.matrix, MATRIX[:3])
