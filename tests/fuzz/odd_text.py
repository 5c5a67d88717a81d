"""The oddest text that really occurs in corpora, vector files and on the web."""

from hypothesis import strategies as st

ODD_CHARACTERS = (
    "\u00a0\u1680\u2002\u202f\u3000"  # spaces that part no columns
    "\u0085\u2028\u2029\x0b\x0c\x1c\x1d\x1e"  # what `str.splitlines` takes for the end of a line
    "\0\x01\x07\x08\x1a\x1b\x7f\u0080\u009f"  # control characters
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202e\u2060\u2066\u2069\ufeff"  # invisible
    "\u0301\u0308\u0327\u0651\u093f\u0e34\u20e3\ufe0f\U000e0067"  # marks without a letter
    "אבשלעربيةفन्दيไทย中文日本ひ한"
    "🙂👩👍🏽🇳🇱❤\U0001f469"
    "İıßǅﬁſŉΣςÅÅéÿ"  # of which lower case is longer, or another letter
    "\ufffd\ufffe\uffff\ue000\U0010ffff\U00010000"
    "٣४３½²Ⅷ"
    "\"'`´’“„«‹{}[]()<>|\\/#$%&@^~_.,:;!?*=+-–—…·"
)
ODD_WORDS = (
    "-DOCSTART-",
    "O",
    "B-PER",
    "I-",
    "0.5",
    "-0",
    "nan",
    "1e5",
    "</s>",
    "@@UNKNOWN@@",
    "10,000.50",
    "{",
    '{"',
    "http://example.com/a?b=c#d",
    "👩\u200d👩\u200d👧\u200d👦",
    "U.S.",
    "can't",
    "l'Espagne",
    "e\u0301e\u0301",
    "x" * 10_000,
    "ש" * 300,
    "\u0301" * 500,
)

_PLAIN_CHARACTERS = "abcXYZ 019.-"


def text_without(excluded: str, *, min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[str]:
    """Odd text that can be encoded as UTF-8, without the characters `excluded`."""
    known = [letter for letter in _PLAIN_CHARACTERS + ODD_CHARACTERS if letter not in excluded]
    any_letter = st.characters(exclude_categories=["Cs"], exclude_characters=excluded)
    return st.one_of(
        # Drawn as a list, which is faster than as a text of two kinds of characters.
        st.lists(st.sampled_from(known), min_size=min_size, max_size=max_size).map("".join),
        st.text(any_letter, min_size=min_size, max_size=max_size),
    )


def words_without(excluded: str) -> st.SearchStrategy[str]:
    """Odd words of at least one character, without the characters `excluded`."""
    special = [word for word in ODD_WORDS if not set(word) & set(excluded)]
    return st.one_of(
        st.sampled_from(["a", "Jan", "Amsterdam", "3", ",", ".", *special]),
        text_without(excluded, min_size=1, max_size=6),
    )


lines = text_without("\n", max_size=60)
"""Lines of any content, carriage returns and null characters too."""
