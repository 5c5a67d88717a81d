import logging
from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.vectors.saved_vectors import save_vectors
from xner_allennlp.vectors import read_word_vectors


def write(path: Path, lines: list) -> Path:
    path.write_bytes(b"\n".join(lines))
    return path


def line(word: str, number: float = 1.5, encoding: str = "utf-8") -> bytes:
    return f"{word} {number} 2.5".encode(encoding)


class TestWordsThatCannotBeDecoded:
    def test_are_left_out_counted_and_told_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        lines = [line(f"w{i}", i) for i in range(50)]
        lines[6] = line("année", 6, "latin-1")
        lines[9] = line("été", 9, "latin-1")
        with caplog.at_level(logging.WARNING):
            vectors = read_word_vectors(write(tmp_path / "v.vec", lines))
        assert len(vectors) == 48
        assert vectors.matrix[:, 0].tolist() == [i for i in range(50) if i not in (6, 9)]
        assert vectors.counts["undecodable"] == 2
        assert vectors.counts["rows_read"] == 50
        assert len(caplog.records) == 1
        assert r"line 7: the word b'ann\xe9e' is not utf-8 (2 such words" in caplog.text

    @pytest.mark.parametrize("wrong, rows, is_error", [(9, 50, False), (10, 50, True)])
    def test_of_few_rows(self, tmp_path: Path, wrong: int, rows: int, is_error: bool) -> None:
        self.check(tmp_path, wrong, rows, is_error)

    @pytest.mark.parametrize("wrong, rows, is_error", [(19, 2000, False), (20, 2000, True)])
    def test_of_many_rows(self, tmp_path: Path, wrong: int, rows: int, is_error: bool) -> None:
        self.check(tmp_path, wrong, rows, is_error)

    def check(self, tmp_path: Path, wrong: int, rows: int, is_error: bool) -> None:
        # All at the beginning: what counts is the share of the whole file.
        lines = [line(f"é{i}", encoding="latin-1") for i in range(wrong)]
        lines += [line(f"w{i}") for i in range(rows - wrong)]
        path = write(tmp_path / "v.vec", lines)
        if not is_error:
            assert read_word_vectors(path).counts["undecodable"] == wrong
            return
        with pytest.raises(ConfigurationError, match="v.vec, line 1: .*not utf-8.*not the encod"):
            read_word_vectors(path)
        assert len(read_word_vectors(path, encoding="latin-1")) == rows

    def test_their_numbers_are_not_looked_at_but_counted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", [line("a"), b"\xff x 2", line("b")])
        assert read_word_vectors(path).words == ["a", "b"]
        path = write(tmp_path / "v.vec", [line("a"), b"\xff 1", line("b")])
        with pytest.raises(ConfigurationError, match="line 2"):
            read_word_vectors(path)


class TestLowercase:
    lines = [line(w, i) for i, w in enumerate(["The", "the", "A", "THE", "The", "b", "ÉTÉ"])]

    def test_first_wins(self, tmp_path: Path) -> None:
        vectors = read_word_vectors(write(tmp_path / "v.vec", self.lines), lowercase=True)
        assert vectors.words == ["the", "a", "b", "été"]
        assert vectors.matrix[:, 0].tolist() == [0, 2, 5, 6]
        assert vectors.counts["same_in_lower_case"] == 2
        assert vectors.counts["repeated"] == 1

    def test_wanted_and_max_words(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", self.lines)
        assert read_word_vectors(path, lowercase=True, wanted={"été", "A"}).words == ["été"]
        assert read_word_vectors(path, lowercase=True, max_words=2).words == ["the", "a"]

    def test_the_fingerprint_is_that_of_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", self.lines)
        plain = read_word_vectors(path)
        assert read_word_vectors(path, lowercase=True).fingerprint == plain.fingerprint
        assert plain.counts["same_in_lower_case"] == 0


def test_rows_without_a_word_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "v.vec", [line("a"), line(""), line("b"), line("")])
    vectors = read_word_vectors(path)
    assert vectors.words == ["a", "b"]
    assert vectors.counts["nameless"] == 2


class TestMatrixFile:
    @pytest.mark.parametrize("name", ["v.vec", "v.vec.gz", "v.npz", "v.npy", "v.bin"])
    def test_same_as_in_memory(self, tmp_path: Path, name: str) -> None:
        matrix = np.random.default_rng(0).normal(size=(3000, 7)).astype(np.float32)
        matrix[5] = 0
        words = [f"w{row}" for row in range(3000)]
        save_vectors(tmp_path / name, words, matrix)
        for number, options in enumerate(({}, {"max_words": 1200}, {"wanted": {"w7", "w2900"}})):
            expected = read_word_vectors(tmp_path / name, **options)
            vectors = read_word_vectors(
                tmp_path / name, matrix_file=tmp_path / f"matrix{number}", **options
            )
            assert vectors.words == expected.words
            assert vectors.fingerprint == expected.fingerprint
            assert vectors.counts == expected.counts
            np.testing.assert_array_equal(vectors.matrix, expected.matrix)
            assert isinstance(vectors.matrix, np.memmap)

    def test_nothing_wanted(self, tmp_path: Path) -> None:
        (tmp_path / "v.vec").write_text("a 1 2\n")
        vectors = read_word_vectors(
            tmp_path / "v.vec", wanted={"b"}, matrix_file=tmp_path / "matrix"
        )
        assert vectors.matrix.shape == (0, 2)

    def test_no_file_is_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "v.vec").write_text("a 1 2\n")
        with pytest.raises(FileExistsError):
            read_word_vectors(tmp_path / "v.vec", matrix_file=tmp_path / "v.vec")
        assert (tmp_path / "v.vec").read_text() == "a 1 2\n"
