from typing import List

from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors.space_counts import count_spaces


@given(st.lists(st.text("  a\u00a0", max_size=20).map(str.encode), max_size=12))
@settings(max_examples=500, deadline=None)
def test_counts_as_bytes_do(lines: List[bytes]) -> None:
    assert count_spaces(lines) == [line.count(b" ") for line in lines]


def test_more_than_a_byte_can_hold() -> None:
    assert count_spaces([b" " * 70_000, b"", b" x" * 1000]) == [70_000, 0, 1000]
