import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors import read_word_vectors

WORDS = np.array(["the", "New York", "the", "zero", "été"])
MATRIX = np.array([[1, 2], [3, 4], [9, 9], [0, 0], [5, 6]], dtype=np.float32)


def save(path: Path, words: np.ndarray = WORDS, matrix: np.ndarray = MATRIX) -> Path:
    """As a user would, by content alone if the name has no ending that numpy knows."""
    if path.suffix == ".npy":
        np.save(path, matrix)
        path.with_suffix(".words.txt").write_text("\n".join(words.tolist()), encoding="utf-8")
    else:
        with path.open("wb") as stream:
            np.savez(stream, words=words, matrix=matrix)
    return path


@pytest.mark.parametrize("name", ["v.npz", "v.npy", "v.other"])
class TestBoth:
    def test_reads(self, tmp_path: Path, name: str) -> None:
        vectors = read_word_vectors(save(tmp_path / name))
        assert vectors.words == ["the", "New York", "zero", "été"]
        assert vectors.matrix.tolist() == [[1, 2], [3, 4], [0, 0], [5, 6]]
        assert vectors.matrix.dtype == np.float32
        assert vectors.counts["repeated"] == vectors.counts["null"] == 1
        assert vectors.counts["rows_read"] == 5

    def test_is_identified_as_the_text_file(self, tmp_path: Path, name: str) -> None:
        rows = [" ".join(map(str, [w, *v])) for w, v in zip(WORDS, MATRIX.tolist())]
        (tmp_path / "v.vec").write_text("\n".join(rows), encoding="utf-8")
        text = read_word_vectors(tmp_path / "v.vec")
        assert read_word_vectors(save(tmp_path / name)).fingerprint == text.fingerprint

    def test_selection(self, tmp_path: Path, name: str) -> None:
        path = save(tmp_path / name)
        vectors = read_word_vectors(path, wanted={"été", "New York"})
        assert vectors.words == ["New York", "été"]
        assert vectors.matrix.tolist() == [[3, 4], [5, 6]]
        assert read_word_vectors(path, max_words=2).words == ["the", "New York"]
        assert read_word_vectors(path, wanted=set()).matrix.shape == (0, 2)

    @pytest.mark.parametrize("dtype", ["<f2", "<f8", ">f4", "<i4"])
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_types(self, tmp_path: Path, name: str, dtype: str, order: Any) -> None:
        matrix = np.array(MATRIX, dtype=dtype, order=order)
        vectors = read_word_vectors(save(tmp_path / name, matrix=matrix))
        assert vectors.matrix.dtype == np.float32
        assert vectors.matrix.tolist() == [[1, 2], [3, 4], [0, 0], [5, 6]]

    def test_many_blocks(self, tmp_path: Path, name: str) -> None:
        rng = np.random.default_rng(0)
        words = np.array([f"w{i}" for i in range(10_000)])
        matrix = rng.normal(size=(10_000, 3)).astype(np.float32)
        path = save(tmp_path / name, words, matrix)
        assert np.array_equal(read_word_vectors(path).matrix, matrix)
        chosen = sorted(rng.choice(10_000, 500, replace=False).tolist())
        some = read_word_vectors(path, wanted={f"w{i}" for i in chosen})
        assert np.array_equal(some.matrix, matrix[chosen])
        assert read_word_vectors(path, max_words=5000).words == words[:5000].tolist()

    @pytest.mark.parametrize(
        "matrix, options, message",
        [
            (MATRIX[:4], {}, r"5 words, .*shape \(5, d\), not float32, shape \(4, 2\)"),
            (MATRIX[0], {}, r"not float32, shape \(2,\)"),
            (MATRIX[:, :0], {}, "no dimensions"),
            (MATRIX.astype("U4"), {}, "must hold numbers"),
            (MATRIX, {"dim": 3}, "2 dimensions, but 3 are wanted"),
            (np.where(MATRIX == 4, np.nan, MATRIX), {}, "row 2: .*NaN"),
            (np.where(MATRIX == 6, 1e39, MATRIX.astype(float)), {}, "row 5: .*NaN or an inf"),
            (MATRIX.astype(object), {}, "must hold numbers"),
        ],
    )
    def test_errors(
        self, tmp_path: Path, name: str, matrix: np.ndarray, options: Any, message: str
    ) -> None:
        path = save(tmp_path / name, matrix=matrix)
        with pytest.raises(ConfigurationError, match=message) as error:
            read_word_vectors(path, **options)
        assert str(path) in str(error.value)

    def test_cut_short(self, tmp_path: Path, name: str) -> None:
        path = save(tmp_path / name)
        path.write_bytes(path.read_bytes()[:-5])
        with pytest.raises(ConfigurationError, match="nor a complete .npz or .npy file"):
            read_word_vectors(path)


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x02\x00" + len(text).to_bytes(4, "little") + text


DAMAGED_ARRAYS = {
    "more than there is": (header("(5, 1000000000000)"), "it ends too early"),
    "more than a number can say": (header("(5, 99999999999999999999)"), "it ends too early"),
    "less than nothing": (header("(5, -2)"), "its shape is"),
    "no end of the header": (b"\x93NUMPY\x02\x00\x03\x00\x00\x00{\n(", "multi-line"),
    "deep nesting": (header("(" * 4000), "no(r|t) a complete"),
    "no type": (header("(5, 2)", descr="'<q9'"), "not a valid dtype"),
    "a pickle": (header("(5, 2)", descr="'|O'") + b"\x80\x04." * 40, "not object"),
}


@pytest.mark.parametrize("data, message", DAMAGED_ARRAYS.values(), ids=DAMAGED_ARRAYS)
def test_damaged_arrays(tmp_path: Path, data: bytes, message: str) -> None:
    save(tmp_path / "v.npy").write_bytes(data)
    with pytest.raises(ConfigurationError, match=f"v.npy: .*{message}"):
        read_word_vectors(tmp_path / "v.npy")
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        archive.writestr("words.npy", header("(5,)", descr="'<U1'") + b"a\0\0\0" * 5)
        archive.writestr("matrix.npy", data)
    with pytest.raises(ConfigurationError, match=f"v.npz: .*{message}"):
        read_word_vectors(tmp_path / "v.npz")


class TestNpz:
    def test_damaged_compression_and_encryption(self, tmp_path: Path) -> None:
        path = tmp_path / "v.npz"
        np.savez_compressed(path, words=WORDS, matrix=MATRIX)
        whole = path.read_bytes()
        name = b"words.npy"
        for place, value in (
            (whole.index(name) + len(name) + 30, 0xFF),  # in the compressed data
            (6, 1),  # says that the first member is encrypted
            (8, 99),  # and how it is compressed
        ):
            data = bytearray(whole)
            data[place] = value
            directory = data.rindex(b"PK\x01\x02", 0, data.rindex(b"matrix.npy"))
            data[data.index(b"PK\x01\x02") + place + 2] = value if place < 30 else 0
            assert directory
            path.write_bytes(bytes(data))
            with pytest.raises(ConfigurationError, match="v.npz: .*nor a complete"):
                read_word_vectors(path)

    def test_numbers_that_are_no_characters(self, tmp_path: Path) -> None:
        words = np.frombuffer(b"\xff" * 20, "<U1")
        with pytest.raises(ConfigurationError, match="v.npz: .*nor a complete"):
            read_word_vectors(save(tmp_path / "v.npz", words=words))

    def test_arrays_that_are_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "v.npz"
        np.savez(path, W=MATRIX)
        with pytest.raises(ConfigurationError, match="matrix.npy, words.npy is missing.*np.savez"):
            read_word_vectors(path)

    def test_words_are_text(self, tmp_path: Path) -> None:
        for words in (WORDS.astype(object), np.arange(5), WORDS[None]):
            with pytest.raises(ConfigurationError, match="words must hold text, shape"):
                read_word_vectors(save(tmp_path / "v.npz", words=words))

    def test_words_as_bytes(self, tmp_path: Path) -> None:
        words = np.array([word.encode("latin-1") for word in WORDS.tolist()])
        path = save(tmp_path / "v.npz", words=words)
        assert read_word_vectors(path, encoding="latin-1").words[-1] == "été"
        assert read_word_vectors(path).counts["undecodable"] == 1


class TestNpy:
    def test_words_missing(self, tmp_path: Path) -> None:
        path = save(tmp_path / "v.npy")
        os.remove(tmp_path / "v.words.txt")
        with pytest.raises(ConfigurationError, match="needs its words, one a line, in .*v.words.t"):
            read_word_vectors(path)

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_every_line_is_a_row(self, tmp_path: Path, end: str) -> None:
        path = save(tmp_path / "v.npy")
        between = "\r\n" if end == "\r\n" else "\n"
        content = between.join([" a", "", "b ", "c\u2028", "d"]) + end
        (tmp_path / "v.words.txt").write_bytes(content.encode())
        vectors = read_word_vectors(path)
        assert vectors.words == [" a", "b ", "c\u2028", "d"]
        assert vectors.matrix.tolist() == [[1, 2], [9, 9], [0, 0], [5, 6]]
        assert vectors.counts["nameless"] == 1

    def test_number_of_words_is_checked_though_few_are_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words = np.array([f"w{i}" for i in range(2000)])
        path = save(tmp_path / "v.npy", words, np.ones((2000, 2)))
        assert len(read_word_vectors(path, max_words=3)) == 3
        np.save(path, np.ones((1999, 2)))
        with pytest.raises(ConfigurationError, match="there are 2000 words"):
            read_word_vectors(path, max_words=3)

    def test_any_name(self, tmp_path: Path) -> None:
        save(tmp_path / "v.npy").rename(tmp_path / "v.mat")
        (tmp_path / "v.words.txt").rename(tmp_path / "v.mat.words.txt")
        assert len(read_word_vectors(tmp_path / "v.mat")) == 4
