from typing import List

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors.decimal_numbers import parse_decimals

PLAIN = [f"{sign}0.{'123456789'[:k]}" for k in range(1, 10) for sign in ("", "-")]
ODD = (
    "1 +1 .5 1. -0 -0.0 -.5 12.5 -123.25 1e-05 9.8e-05 1E5 +0.5 1_000 1_0.5 0.1_2 3.4028235e38 "
    "1e-46 0.00000000000001 0.000000000000001 0.123456789012345678 "
    "1.00000005960464477539062500000001 0"
).split(" ")
WRONG = (
    "- . -. x 1e39 nan -inf infinity 0x10 1.2.3 --0.1 -+0.1 0.-1 -.-1 0.1- 0. 1,5 1e 1d5 ０.1 0.１ "
    "a.5 0.a 0.1234x 0.x234 -0.12345678e 0/.1 :.1 /.5 0.1/ 0.: e.1"
).split(" ")


def convert(numbers: List[str]) -> "np.ndarray | None":
    text = "".join(number + " " for number in numbers).encode()
    return parse_decimals(text, len(numbers))


def expected(numbers: List[str]) -> "np.ndarray | None":
    try:
        with np.errstate(over="ignore"):
            vector = np.array([number.encode() for number in numbers], dtype=np.float32)
    except ValueError:
        return None
    return vector if np.isfinite(vector).all() else None


def assert_same(numbers: List[str]) -> None:
    found, wanted = convert(numbers), expected(numbers)
    assert (found is None) == (wanted is None)
    if wanted is not None:
        assert found.dtype == np.float32
        # -0.0 and 0.0 are told apart.
        assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("number", PLAIN + ODD)
@pytest.mark.parametrize("others", [[], ["0.25"] * 9, ["0.25", "-0.125", "7.5"] * 5])
def test_one_among_plain_numbers(number: str, others: List[str]) -> None:
    assert convert([*others, number, *others]) is not None
    assert_same([*others, number, *others])


@pytest.mark.parametrize("number", [*WRONG, ""])
@pytest.mark.parametrize("others", [[], ["0.25"] * 9, ["0.25", "-0.125", "7.5"] * 5])
def test_what_is_no_number_is_found(number: str, others: List[str]) -> None:
    assert_same([*others, number, *others])


def test_0_with_a_dot_is_a_number() -> None:
    assert convert(["0.", "0.5", "0.5", "0.5"]).tolist() == [0, 0.5, 0.5, 0.5]


@given(
    st.lists(
        st.one_of(
            st.builds(lambda x, k: f"{x:.{k}f}", st.floats(-12, 12), st.integers(0, 17)),
            st.builds(lambda x, k: f"{x:.{k}g}", st.floats(width=32), st.integers(1, 17)),
            st.sampled_from(PLAIN + ODD),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=500, deadline=None)
def test_is_float32_of_the_text(numbers: List[str]) -> None:
    assert_same(numbers)


@given(st.lists(st.text("0123456789.-+e_ax/:\t", max_size=8), min_size=1, max_size=12))
@settings(max_examples=1000, deadline=None)
def test_on_any_characters(numbers: List[str]) -> None:
    assert_same(numbers)
    assert_same(numbers + ["0.125"] * 60)


def test_many_random_numbers() -> None:
    rng = np.random.default_rng(3)
    for decimals in (1, 3, 4, 5, 6, 8, 9, 12, 14, 15):
        numbers = [f"{x:.{decimals}f}" for x in rng.normal(size=5000)]
        assert_same(numbers)


def test_nothing() -> None:
    assert parse_decimals(b"", 0).shape == (0,)


@pytest.mark.parametrize("numbers", [["1", "0.1.2"], ["0.1.2", "1"], ["1", "0.1.2", "0.5"]])
def test_as_many_dots_as_numbers(numbers: List[str]) -> None:
    assert convert(numbers) is None
    assert convert([*numbers, *["0.5"] * 20]) is None


@pytest.mark.parametrize("decimals", [13, 14, 15, 16, 17])
def test_just_between_two_float32(decimals: int) -> None:
    lower = np.random.default_rng(4).uniform(0.1, 9, size=20_000).astype(np.float32)
    upper = np.nextafter(lower, np.float32(10))
    middle = (lower.astype(np.float64) + upper) / 2
    assert_same([f"{x:.{decimals}f}" for x in middle.tolist()])
