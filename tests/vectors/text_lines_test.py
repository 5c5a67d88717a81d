import gzip
import io
from pathlib import Path
from typing import List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors import text_lines
from xner_allennlp.vectors.text_lines import blocks_of_lines, count_spaces


@given(
    lines=st.lists(st.text("ab\r\u2028", max_size=6).map(str.encode), max_size=20),
    block=st.integers(1, 30),
)
@settings(deadline=None)
def test_lines_and_their_numbers(lines: List[bytes], block: int) -> None:
    content = b"\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "BLOCK_BYTES", block)
        found = list(blocks_of_lines(io.BytesIO(content), "v"))
    assert [line for _, part in found for line in part] == content.split(b"\n")[
        : None if content and not content.endswith(b"\n") else -1
    ]
    number = 1
    for first, part in found:
        assert first == number
        number += len(part)


def test_two_gzip_members(tmp_path: Path) -> None:
    path = tmp_path / "v.gz"
    path.write_bytes(gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n"))
    with gzip.open(path) as stream:
        (found,) = blocks_of_lines(stream, str(path))  # type: ignore[arg-type]
    assert found == (1, [b"a", b"bc", b"d"])


@given(st.lists(st.text("  a\u00a0", max_size=20).map(str.encode), max_size=12))
@settings(max_examples=500, deadline=None)
def test_counts_as_bytes_do(lines: List[bytes]) -> None:
    assert count_spaces(lines) == [line.count(b" ") for line in lines]


def test_more_than_a_byte_can_hold() -> None:
    assert count_spaces([b" " * 70_000, b"", b" x" * 1000]) == [70_000, 0, 1000]
