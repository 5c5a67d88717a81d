import gzip
import logging
import os
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors import read_word_vectors, text_format, text_lines


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


class TestFormats:
    @pytest.mark.parametrize(
        "content",
        [
            "2 3\na 1 2 3\nb 4 5 6\n",
            "a 1 2 3\nb 4 5 6\n",
            "a 1 2 3\nb 4 5 6",
            "2 3\r\na 1 2 3\r\nb 4 5 6\r\n",
            "2 3 \na 1 2 3 \nb 4 5 6 \n",
            "\ufeff2 3\na 1 2 3\nb 4 5 6\n",
            "a 1 2 3\n\nb 4 5 6\n\n\n",
            "a 1 2 3\nb 4e0 +5 6.0\n",
        ],
        ids=["header", "no header", "no end", "crlf", "trailing", "bom", "blank", "exponent"],
    )
    @pytest.mark.parametrize("gzipped", [False, True])
    def test_reads(self, tmp_path: Path, content: str, gzipped: bool) -> None:
        path = tmp_path / "vectors.txt"
        data = content.encode("utf-8")
        path.write_bytes(gzip.compress(data) if gzipped else data)
        vectors = read_word_vectors(path)
        assert vectors.words == ["a", "b"]
        assert vectors.matrix.dtype == np.float32
        assert vectors.matrix.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert vectors.dim == 3
        assert vectors.path == str(path)

    @pytest.mark.parametrize(
        "word",
        ["New York", "10 000", ". . .", "a\u00a0b", "a\u2028b", "a\u0085b", "a\tb", "\u3000x"],
    )
    def test_keeps_odd_words_whole(self, tmp_path: Path, word: str) -> None:
        path = write(tmp_path / "v.vec", f"3 2\na 1 2\n{word} 3 4\nb 5 6\n")
        vectors = read_word_vectors(path)
        assert vectors.words == ["a", word, "b"]
        assert vectors.matrix[1].tolist() == [3, 4]

    def test_first_word_with_a_space_and_no_header(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.txt", "of the 1 2\na 3 4\nb 5 6\n")
        assert read_word_vectors(path).words == ["of the", "a", "b"]

    @pytest.mark.parametrize(
        "content, told",
        [
            ("a\t1 2.5\nb\t3 4.5\nc d\t5 6.5\n", "a tab"),
            ("3\t2\na\t1\t2.5\nb\t3\t4.5\nc d\t5\t6.5\n", "a tab"),
            ("3 2\na  1 2.5\nb  3 4.5\nc d  5 6.5\n", "several spaces"),
            ("3  2\na   1   2.5\n  b 3   4.5\nc d  5   6.5\n".replace("  b ", "b  "), "several"),
            ("a, 1 2.5\nb, 3 4.5\nc d, 5 6.5\n", "a comma"),
            ("a,1,2.5\nb,3,4.5\nc d,5,6.5\n", "a comma"),
        ],
    )
    def test_other_separators(
        self, tmp_path: Path, content: str, told: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        vectors = read_word_vectors(write(tmp_path / "v.vec", content), dim=2)
        assert vectors.words == ["a", "b", "c d"]
        assert vectors.matrix.tolist() == [[1, 2.5], [3, 4.5], [5, 6.5]]
        assert f"v.vec: {told}" in caplog.text

    @pytest.mark.parametrize(
        "words",
        [
            [",", "1,000", "a,b"],  # Not every word ends with a comma.
            ["a\tb", "c\td", "e\tf"],  # Letters follow the tab.
            ["a\t1", "b", "c"],
            ["c", "10  000", "b", "e"],
        ],
    )
    def test_separators_in_words(self, tmp_path: Path, words: List[str]) -> None:
        content = "".join(f"{word} 1 2\n" for word in words)
        assert read_word_vectors(write(tmp_path / "v.vec", content)).words == words

    def test_other_encoding(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", "année 1 2\nb 3 4\n", encoding="latin-1")
        assert read_word_vectors(path, encoding="latin-1").words == ["année", "b"]

    def test_more_rows_than_the_first_capacity(self, tmp_path: Path) -> None:
        rows = [f"w{i} {i} {-i}" for i in range(9000)]
        vectors = read_word_vectors(write(tmp_path / "v.vec", "\n".join(rows)))
        assert len(vectors) == 9000
        assert vectors.matrix[8999].tolist() == [8999, -8999]
        assert vectors.index()["w5000"] == 5000


class TestSelection:
    content = "5 2\na 1 1\nb 2 2\na 9 9\nc 0 0\nd 4 4\n"

    def test_first_of_repeated_words_wins(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            vectors = read_word_vectors(write(tmp_path / "v.vec", self.content))
        assert vectors.words == ["a", "b", "c", "d"]
        assert vectors.matrix[0].tolist() == [1, 1]
        assert "1 repeated words" in caplog.text
        assert "1 null vectors" in caplog.text
        assert vectors.counts == {
            "rows_read": 5,
            "kept": 4,
            "repeated": 1,
            "same_in_lower_case": 0,
            "null": 1,
            "nameless": 0,
            "undecodable": 0,
        }

    def test_max_words_counts_distinct_words(self, tmp_path: Path) -> None:
        vectors = read_word_vectors(write(tmp_path / "v.vec", self.content), max_words=3)
        assert vectors.words == ["a", "b", "c"]

    def test_wanted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", self.content)
        vectors = read_word_vectors(path, wanted={"d", "a", "A", "unknown"})
        assert vectors.words == ["a", "d"]
        assert vectors.matrix.tolist() == [[1, 1], [4, 4]]
        assert read_word_vectors(path, wanted={"unknown"}).matrix.shape == (0, 2)

    def test_fingerprint_is_that_of_the_file(self, tmp_path: Path) -> None:
        rows = [f"w{i} {i} 1" for i in range(1500)]
        path = write(tmp_path / "v.vec", "\n".join(rows))
        whole = read_word_vectors(path).fingerprint
        assert read_word_vectors(path, wanted={"w3"}).fingerprint == whole
        assert read_word_vectors(path, max_words=7).fingerprint == whole
        assert read_word_vectors(path, max_words=1, wanted={"w3"}).fingerprint == whole
        # Words beyond the first thousand do not matter, those before do, and so does their order.
        beyond = write(tmp_path / "w.vec", "\n".join(rows[:1200]))
        assert read_word_vectors(beyond).fingerprint == whole
        swapped = write(tmp_path / "s.vec", "\n".join([rows[1], rows[0], *rows[2:]]))
        assert read_word_vectors(swapped).fingerprint != whole
        wider = write(tmp_path / "x.vec", "\n".join(row + " 2" for row in rows))
        assert read_word_vectors(wider).fingerprint != whole


class TestErrors:
    @pytest.mark.parametrize(
        "content, options, message",
        [
            ("", {}, "empty"),
            ("2 3\n", {}, "nothing after the header"),
            ("hello\nworld\n", {}, "line 1: neither a header"),
            ("in O\nOslo B-LOC\n\nhouse O\n", {}, "line 1: neither a header.*file of word vec"),
            ("Born in 1987 .\nin 5\nno. 7 or 8 .\n", {}, "line 1: neither a header"),
            ("house\thuis\ncat\tkat\n", {}, "line 1: neither a header"),
            ("2 3\na 1 2 3\nb 4 5\n", {}, "line 3: .* the header says 3"),
            ("2 3\na 1 2 3\nb 4.5 5.5 6.5 7.5\n", {}, "line 3: .*the header says 3"),
            ("2 4\na 1.5 2 3\nb 4 5 6\n", {}, "line 2: .*the header says 4"),
            ("a 1 2 3\nb 4 5 6\nc 7 8\n", {}, "line 3: .*judging by the first lines"),
            ("a 1 2\nb nan 3\n", {}, "line 2: .*NaN or an infinite"),
            ("a 1 2\nb 3 -inf\n", {}, "line 2: .*NaN or an infinite"),
            ("a 1 2\nb x 4\n", {}, "line 2: .*not all numbers"),
            ("a 0,5 -2,25\nb c 1,0 4,5\nd 0,1 0,2\n", {}, "line 1: .*decimal commas"),
            ("3 2\na 0,5 -2,25\nb c 1,0 4,5e-3\nd 0,1 0,2 \n", {}, "line 1: .*decimal commas"),
            ("2 2\na 1 2\nb 3 4\n", {"dim": 3}, "line 1: .*2 dimensions, but 3"),
            ("a 1 2\nb 3 4\n", {"dim": 3}, "line 1: .*2 dimensions, but 3"),
            ("PK\x03\x04zip\0\0", {}, "not a text file"),
            ("a 1 2\n", {"max_words": 0}, "max_words must be at least 1"),
            ("a 1 2\n", {"encoding": "latin-x"}, "knows no encoding 'latin-x'"),
            ("a 1 2\n", {"encoding": "rot13"}, "knows no encoding 'rot13'"),
            ("a 1 2\n", {"encoding": "utf-16"}, "cannot be in 'utf-16', where ASCII"),
            (f"a 1 2\nb {'x' * 9999} 4\n", {}, r"line 2: .*not all numbers \(.{100}\)\."),
            (f"{'9' * 5000} 2\na 1 2\nb 3 4\n", {}, "line 1: a word and 1 numbers"),
        ],
    )
    def test_names_file_line_and_remedy(
        self, tmp_path: Path, content: str, options: Any, message: str
    ) -> None:
        path = write(tmp_path / "v.vec", content)
        with pytest.raises(ConfigurationError, match=message) as error:
            read_word_vectors(path, **options)
        assert str(path) in str(error.value) or "max_words" in message

    def test_row_with_too_few_numbers_is_found_though_not_wanted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", "2 3\na 1 2 3\nb 4 5\n")
        with pytest.raises(ConfigurationError, match="line 3"):
            read_word_vectors(path, wanted={"a"})

    def test_missing_file_and_folder(self, tmp_path: Path) -> None:
        for path in (tmp_path / "no.vec", tmp_path):
            with pytest.raises(ConfigurationError, match="cannot be read.*Give the path"):
                read_word_vectors(path)

    def test_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.vec")
        with pytest.raises(ConfigurationError, match="pipe.vec: .* read from a pipe.*to a file"):
            read_word_vectors(tmp_path / "pipe.vec")

    def test_truncated_gzip(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        rows = [f"w{i} " + " ".join(f"{x:.5f}" for x in rng.normal(size=20)) for i in range(2000)]
        path = tmp_path / "v.vec.gz"
        path.write_bytes(gzip.compress("\n".join(rows).encode())[:-1000])
        with pytest.raises(ConfigurationError, match="damaged or cut short after line"):
            read_word_vectors(path)

    def test_what_stands_before_a_damage_is_judged_first(self, tmp_path: Path) -> None:
        rows = [f"w{i} {i}.5 1 2" for i in range(5000)]
        rows[3] += " x"
        path = tmp_path / "v.vec.gz"
        path.write_bytes(gzip.compress("\n".join(rows).encode())[:-100])
        with pytest.raises(ConfigurationError, match="line 4: a word and 4 numbers"):
            read_word_vectors(path)

    def test_a_header_that_lies_takes_no_memory(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", "9999999999999 3\na 1 2 3\n")
        assert read_word_vectors(path).words == ["a"]
        with pytest.raises(ConfigurationError, match="line 2: .*the header says 99999999999"):
            read_word_vectors(write(tmp_path / "w.vec", "3 99999999999\na 1 2 3\n"))

    def test_rows_missing_are_warned_of(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = write(tmp_path / "v.vec", "3 2\na 1 2\nb 3 4\n")
        read_word_vectors(path)
        assert "the header says 3 words, but the file has 2" in caplog.text
        caplog.clear()
        read_word_vectors(path, max_words=1)
        assert "Was it cut short" not in caplog.text or "file has 2" in caplog.text


_WORDS = ["a", "b", "A", "New York", "10 000", ". . .", "a 0.5", "", " ", "\u2028", "\u00a0x", "7"]
_NUMBERS = (
    "0.1 -0.25 1.0 0.123456789012 -0.00012345678901234567 12.5 0 -0 -0.0 7 1e-05 -9.8e-05 +1 .5 1. "
    "-.5 1_000 3.4e38 1e39 1e-46 nan inf -inf x 0x10 - . 1.2.3 1e --1 0.1\t 0,5 0.0.1 0.-1 1-.2"
).split(" ")


@st.composite
def dirty_files(draw: Any) -> bytes:
    """Mostly well-formed lines, with what can go wrong here and there."""
    good = st.sampled_from(_NUMBERS[:5])
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        is_dirty = draw(st.integers(0, 9)) == 0
        word = draw(st.sampled_from(_WORDS) if is_dirty else st.text("abcé", min_size=1))
        number = st.sampled_from(_NUMBERS) if is_dirty else good
        length = draw(st.integers(2, 5)) if draw(st.integers(0, 19)) == 0 else 3
        fields = [word, *(draw(number) for _ in range(length))]
        end = draw(st.sampled_from([" ", "\r", "\n", "\t \r"])) if is_dirty else ""
        encoded = (" ".join(fields) + end).encode()
        rows.append(encoded.replace(b"\xc3", b"") if draw(st.integers(0, 9)) == 0 else encoded)
    header = [f"{len(rows)} 3".encode()] if draw(st.booleans()) else []
    return b"\n".join([*header, *rows, *([b""] if draw(st.booleans()) else [])])


class TestFastReading:
    """Numbers converted together, whatever the blocks, are as those of one line after another."""

    @staticmethod
    def outcome(path: Path, options: Any) -> Any:
        try:
            vectors = read_word_vectors(path, **options)
        except ConfigurationError as error:
            return str(error)
        return vectors.words, vectors.matrix.tobytes(), vectors.counts, vectors.fingerprint

    @given(
        content=dirty_files(),
        options=st.sampled_from(
            [{}, {"max_words": 2}, {"wanted": {"a", "b"}}, {"lowercase": True}]
        ),
    )
    @settings(
        max_examples=400,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_is_as_careful(self, tmp_path: Path, content: bytes, options: Any) -> None:
        path = tmp_path / "v.vec"
        path.write_bytes(content)
        fast = self.outcome(path, options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_lines, "BLOCK_BYTES", 5)
            patch.setattr(text_format, "_NUMBERS_AT_A_TIME", 7)
            assert self.outcome(path, options) == fast
            # One line at a time and one number at a time, as the error messages need it.
            patch.setattr(text_format, "parse_decimals", lambda text, count: None)
            assert self.outcome(path, options) == fast

    @pytest.mark.parametrize("line", [1, 2, 150, 4000])
    @pytest.mark.parametrize("oddity", ["0.1 x", "0.1 nan", "0.1"])
    def test_error_names_the_line(self, tmp_path: Path, line: int, oddity: str) -> None:
        rows = [f"w{i} 0.{i} -0.{i}" for i in range(1, 4001)]
        rows[line - 1] = f"w{line} {oddity}"
        with pytest.raises(ConfigurationError, match=f"line {line}: "):
            read_word_vectors(write(tmp_path / "v.vec", "\n".join(rows)))

    def test_an_error_before_a_damage_is_told(self, tmp_path: Path) -> None:
        rows = [f"w{i} {i}.5 1 2" for i in range(50_000)]
        rows[10] = "w10 x 1 2"
        path = tmp_path / "v.vec.gz"
        path.write_bytes(gzip.compress("\n".join(rows).encode())[:-100])
        # Only the wanted row waits for being converted, until the damage is found.
        with pytest.raises(ConfigurationError, match="line 11: .*not all numbers"):
            read_word_vectors(path, wanted={"w10"})
        with pytest.raises(ConfigurationError, match="damaged or cut short after line"):
            read_word_vectors(path, wanted={"w11"})

    def test_the_first_error_is_told(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.vec", "a 1 2\nb x 2\nc 1\nd 1 nan\n")
        with pytest.raises(ConfigurationError, match="line 2: .*not all numbers"):
            read_word_vectors(path)
