"""
Tag schemes and the conversions between them.

A tag is `O` or `<prefix>-<type>`. Three families of prefixes are read:

| name here | also called | prefixes |
|---|---|---|
| IOB | IOB1, IOB2 ("BIO") and their mixtures | `B I` |
| BIOUL | IOBES: `E` is another name of `L`, `S` of `U` | `B I L U`, `B I E S` |

Two are written: `BIOUL` (the paper's IOBES) and `BIO` (IOB2; the paper uses it for Arabic).

All sequences are read with one rule, which never fails. An entity

* starts at every `B` and `U`, and at an `I` or `L` that no open entity of the same type precedes;
* goes on over an `I` or `L` of the same type;
* ends after every `L` and `U`, and before whatever does not go on with it.

On `B` and `I` this is exactly the rule of conlleval (a stray `I-` starts an entity, so IOB1 and
IOB2 need not be told apart); on well-formed BIOUL it is the definition of the scheme; and
ill-formed BIOUL (an entity never closed, or never opened) keeps the entity it was meant to be.
"""

from functools import lru_cache
from typing import Iterable, List, Sequence, Tuple

from xner_allennlp.common.excerpts import excerpt

TAG_SCHEMES = ("BIOUL", "BIO")
INPUT_SCHEMES = ("auto", "IOB", "BIOUL", "IO")

_CANONICAL_PREFIX = {"B": "B", "I": "I", "L": "L", "U": "U", "E": "L", "S": "U"}
# Prefixes that only BIOUL and IOBES know.
_BIOUL_PREFIXES = frozenset("LUES")


@lru_cache(maxsize=4096)  # A corpus has a dozen tags and a million tokens.
def split_tag(tag: str) -> Tuple[str, str]:
    """
    Splits `tag` into its prefix, one of `O B I L U` (`E` becomes `L`, `S` becomes `U`), and its
    type ("" for `O`). The type is everything after the first hyphen: `B-GPE-part` is a `GPE-part`.

    Raises `ValueError` when `tag` is not a tag at all: `XYZ`, `B`, `B-`, `O-PER`, `b-per`.
    """
    if tag == "O":
        return "O", ""
    prefix, hyphen, entity_type = tag.partition("-")
    if prefix not in _CANONICAL_PREFIX or not hyphen or not entity_type:
        raise ValueError(
            f"'{excerpt(tag)}' is not a tag; tags are O or B-PER, I-PER, L-/E-PER, U-/S-PER"
        )
    return _CANONICAL_PREFIX[prefix], entity_type


def detect_input_scheme(tags: Iterable[str]) -> str:
    """
    The scheme that a whole file's `tags` are written in: "BIOUL" if a prefix occurs that only
    BIOUL or IOBES has, "IOB2" if a `B-` occurs where IOB1 would write `I-`, "IOB1" if only IOB1
    explains the tags, "IOB2" otherwise. It depends on the set of what occurs, not on the order of
    the sentences; sentences must be separated by an `O` to be kept apart.
    """
    iob1, iob2 = False, False
    previous_type = ""
    for tag in tags:
        prefix, entity_type = split_tag(tag)
        if prefix in _BIOUL_PREFIXES:
            return "BIOUL"
        if prefix == "I" and entity_type != previous_type:
            iob1 = True
        elif prefix == "B" and entity_type != previous_type:
            iob2 = True
        previous_type = entity_type
    return "IOB1" if iob1 and not iob2 else "IOB2"


def to_iob2(tags: Sequence[str]) -> List[str]:
    """
    Converts `tags`, of any scheme this module reads and however ill-formed, to IOB2 (`B-` at each
    entity's first token, `I-` at its others), by the rule at the top of this module.

    Raises `ValueError` only for what is not a tag (see `split_tag`).
    """
    iob2: List[str] = []
    open_type = ""
    for tag in tags:
        prefix, entity_type = split_tag(tag)
        if prefix == "O":
            iob2.append("O")
            open_type = ""
            continue
        goes_on = prefix in "IL" and entity_type == open_type
        iob2.append(("I-" if goes_on else "B-") + entity_type)
        open_type = "" if prefix in "LU" else entity_type
    return iob2


def to_bioul(tags: Sequence[str]) -> List[str]:
    """
    Converts `tags`, of any scheme this module reads and however ill-formed, to well-formed BIOUL.
    Raises `ValueError` only for what is not a tag (see `split_tag`).
    """
    iob2 = to_iob2(tags)
    bioul: List[str] = []
    for tag, next_tag in zip(iob2, [*iob2[1:], "O"]):
        prefix = tag[0] if next_tag[0] == "I" else {"B": "U", "I": "L", "O": "O"}[tag[0]]
        bioul.append(prefix + tag[1:])
    return bioul


def are_well_formed(tags: Sequence[str]) -> List[bool]:
    """Whether each tag stands as BIOUL (or IOBES) has it."""
    return [split_tag(tag)[0] == right[0] for tag, right in zip(tags, to_bioul(tags))]


def convert_tags(tags: Sequence[str], tag_scheme: str) -> List[str]:
    """
    Converts `tags` to `tag_scheme`, one of `TAG_SCHEMES`: "BIOUL" or "BIO" (IOB2).
    Raises `ValueError` for another scheme, and for what is not a tag.
    """
    if tag_scheme == "BIOUL":
        return to_bioul(tags)
    if tag_scheme == "BIO":
        return to_iob2(tags)
    raise ValueError(f"unknown tag scheme '{tag_scheme}', choose one of {', '.join(TAG_SCHEMES)}")
