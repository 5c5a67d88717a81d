"""Files damaged by broken downloads, editors and conversions."""

import bz2
import gzip
import lzma
from typing import Any, List

from hypothesis import strategies as st

_PIECES = (
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b" ",
    b"  ",
    b"\t",
    b"\0",
    b"\x1a",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc2\xa0",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xe9",
    b"\xed\xa0\x80",  # half of a surrogate pair, which UTF-8 forbids
    b"\xf4\x90\x80\x80",  # beyond Unicode
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\x93NUMPY",
    b"-DOCSTART-",
    b" nan",
    b" 1e999",
    b" -",
    b"9" * 19,
    b"9" * 5000,
    b"\xff\xff\xff\xff",
    b"\x80\x04.",
    b'{"',
    b"[" * 2000,
)


@st.composite
def spoilt(draw: Any, whole: st.SearchStrategy[bytes]) -> bytes:
    """A file of `whole` with up to four spots where bytes were changed, lost, doubled or added."""
    data = draw(whole)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 1, 2, 4, 8, 64, 10**9])))
        data = data[:start] + draw(_instead_of(data[start:end])) + data[end:]
    return data


def _instead_of(piece: bytes) -> st.SearchStrategy[bytes]:
    candidates: List[st.SearchStrategy[bytes]] = [
        st.just(b""),
        st.just(piece + piece),
        st.just(piece[::-1]),
        st.just(bytes(len(piece))),
        st.sampled_from(_PIECES),
        st.sampled_from(_PIECES).map(lambda added: added + piece),
        st.binary(max_size=8),
    ]
    if 0 < len(piece) <= 64:
        candidates.append(
            st.integers(0, 8 * len(piece) - 1).map(lambda bit: _with_bit_changed(piece, bit))
        )
    return st.one_of(candidates)


def _with_bit_changed(piece: bytes, bit: int) -> bytes:
    changed = bytearray(piece)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@st.composite
def cut(draw: Any, whole: st.SearchStrategy[bytes]) -> bytes:
    """A file without its end."""
    data = draw(whole)
    return data[: draw(st.integers(0, len(data)))]


_COMPRESSORS = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@st.composite
def compressed(draw: Any, whole: st.SearchStrategy[bytes]) -> Any:
    """The ending of a name and a compressed file, half of them damaged or cut."""
    ending = draw(st.sampled_from(sorted(_COMPRESSORS)))
    packed = whole.map(_COMPRESSORS[ending])
    return ending, draw(st.one_of(packed, packed, cut(packed), spoilt(packed)))
