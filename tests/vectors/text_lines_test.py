import gzip
import io
from pathlib import Path
from typing import List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors import text_lines
from xner_allennlp.vectors.text_lines import blocks_of_lines


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
