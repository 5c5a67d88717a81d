"""
Tags as people write them, beside those of `tag_schemes`: `M-PER` (BMES), `B_PER`, `PER-B`, `b-per`,
plain `PER` (IO), `B` without a type, `name=B-PER` in a column of features, several tags of a token
(`B-PER,B-LOC`), and other signs than `O` for no entity.

What a tag means is decided for all tags of a file together, and only where it is certain: `0` is no
entity in a file that has `B-PER` and no `O`, and `PER` is an entity in a file without prefixes.
"""

import re
from typing import Collection, Dict, Mapping, NamedTuple, Optional, Tuple

from xner_allennlp.spans.tag_schemes import split_tag

MOSTLY = 0.9
"""A column of which this share are tags is one of tags."""

PLAIN_TYPES = "types without prefixes: each run of one type is an entity"
UNNAMED_TYPE = "ENTITY"
"""The type of entities in a file whose tags have none: B, I, O."""
_FURTHER = "further tags of the same token, left out"
_UNNAMED = f"tags without a type, now of {UNNAMED_TYPE}"

# M and W are the I and U of BMES and BMEWO.
_PREFIX = {"M": "I", "W": "U"}
_PREFIXES = "BILUESMW"
_BEFORE = re.compile(
    rf"(?P<prefix>[{_PREFIXES}])(?P<hyphen>[-_])(?P<type>.+)", re.IGNORECASE | re.DOTALL
)
_BEHIND = re.compile(
    rf"(?P<type>.+)(?P<hyphen>[-_])(?P<prefix>[{_PREFIXES}])", re.IGNORECASE | re.DOTALL
)
_TAG_AND_FURTHER = re.compile(r"(?P<first>[^,;|]+)(?:[,;|](?:O|[BILUES]-[^,;|]+))+")
_PLAIN = re.compile(r"[^\W\d_][\w&/+.-]*")
_FEATURE = re.compile(r"(?:.*\|)?(?:name|ner|ne)=([^|]*)(?:\|.*)?", re.IGNORECASE)
_SIGNS_OF_NO_ENTITY = ("O", "o", "0", "_", "-", "", "OO", "NONE", "None", "NIL", "OTHER")
_MOST_PLAIN_TYPES = 100
_BLOCKS = ("PER", "LOC", "ORG", "MISC")
# Any of them among plain types shows that the others are types too, not parts of speech.
_WELL_KNOWN = frozenset(
    "PER PERS PERSON PESSOA LOC LOCATION LOCAL PLACE ORG ORGANIZATION ORGANISATION ORGANIZACAO GPE "
    "MISC".split()
)


class TagSpelling(NamedTuple):
    """
    What written tags mean: `tags` has the tag of `tag_schemes` for each that is understood,
    `repairs` the kinds of repair for each that is spelled otherwise.
    """

    tags: Dict[str, str]
    repairs: Dict[str, Tuple[str, ...]]


def read_spelling(written: Collection[str], *, plain_types: bool = False) -> TagSpelling:
    """
    # Parameters

    written : `Collection[str]`
        The distinct tags of a file.
    plain_types : `bool`, optional (default = `False`)
        Whether what has no prefix is a type for certain.
    """
    features = {tag: _FEATURE.fullmatch(tag) for tag in written if "=" in tag}
    if any(features.values()) and all(tag == "_" or tag in features for tag in written):
        values = {tag: _value(features.get(tag)) for tag in written}
        inner = read_spelling(set(values.values()), plain_types=plain_types)
        return TagSpelling(
            {tag: inner.tags[value] for tag, value in values.items() if value in inner.tags},
            {tag: inner.repairs[value] for tag, value in values.items() if value in inner.repairs},
        )
    spelling = TagSpelling({}, {})
    for tag in written:
        _read(tag, spelling)
    unread = [tag for tag in written if tag not in spelling.tags]
    if unread and "O" not in spelling.tags.values():
        nothing = next((sign for sign in _SIGNS_OF_NO_ENTITY if sign in unread), None)
        unread = [tag for tag in unread if tag != nothing]
    else:
        nothing = None
    if set(spelling.tags) == {"O"} and not plain_types and _are_prefixes(unread):
        for tag in unread:
            spelling.tags[tag] = f"{_PREFIX.get(tag, tag)}-{UNNAMED_TYPE}"
            spelling.repairs[tag] = (_UNNAMED,)
        return spelling
    has_prefixes = any(tag != "O" and tag not in spelling.repairs for tag in spelling.tags)
    if plain_types or (unread and _are_plain_types(written, spelling, nothing)):
        # Without prefixes in the file, "e-mail" is a type too, not "E-mail".
        types = [tag for tag in written if tag not in spelling.tags or not has_prefixes]
        for tag in filter(_PLAIN.fullmatch, types):
            if spelling.tags.get(tag) != "O" and tag != nothing:
                spelling.tags[tag] = f"I-{tag}"
                spelling.repairs[tag] = (PLAIN_TYPES,)
    if nothing is not None and any(tag != "O" for tag in spelling.tags.values()):
        spelling.tags[nothing] = "O"
        spelling.repairs[nothing] = (f"{nothing!r} for O",)
    return spelling


def share_of_tags(written: Mapping[str, int]) -> float:
    """The share of tags that are understood, by how often each is `written`."""
    read = read_spelling(written).tags
    return sum(written[tag] for tag in read) / max(sum(written.values()), 1)


def _value(feature: Optional["re.Match[str]"]) -> str:
    return "O" if feature is None else feature[1]


def _read(tag: str, spelling: TagSpelling) -> None:
    """Adds a tag that needs no others to be understood."""
    several = _TAG_AND_FURTHER.fullmatch(tag)
    if several is not None:
        first = several["first"]
        _read(first, spelling)
        if first in spelling.tags:
            spelling.tags[tag] = spelling.tags[first]
            spelling.repairs[tag] = (*spelling.repairs.get(first, ()), _FURTHER)
            return
    try:
        split_tag(tag)
        spelling.tags[tag] = tag
        return
    except ValueError:
        pass
    if tag == "o":
        spelling.tags[tag] = "O"
        spelling.repairs[tag] = ("tags in lower case",)
        return
    found = _BEFORE.fullmatch(tag) or _BEHIND.fullmatch(tag)
    if found is None:
        return
    prefix, entity_type = found["prefix"].upper(), found["type"]
    kinds = []
    if prefix in _PREFIX:
        kinds.append(f"{prefix}- for {_PREFIX[prefix]}-")
    if found["prefix"] != prefix:
        kinds.append("tags in lower case")
        entity_type = entity_type.upper() if entity_type.upper() in _BLOCKS else entity_type
    if found["hyphen"] == "_":
        kinds.append("underscores for hyphens")
    if found.re is _BEHIND:
        kinds.append("prefixes behind the type")
    spelling.tags[tag] = f"{_PREFIX.get(prefix, prefix)}-{entity_type}"
    spelling.repairs[tag] = tuple(kinds)


def _are_prefixes(tags: Collection[str]) -> bool:
    """Whether tags are prefixes without a type, and more than one, which may be half a tag."""
    return set(tags) <= set(_PREFIXES) and "B" in tags and len(tags) > 1


def _are_plain_types(
    written: Collection[str], spelling: TagSpelling, nothing: Optional[str]
) -> bool:
    """Whether the file has a sign for no entity and otherwise only types, a well-known one too."""
    types = [tag for tag in written if tag != nothing and spelling.tags.get(tag) != "O"]
    return (
        (nothing is not None or "O" in spelling.tags.values())
        and len(types) <= _MOST_PLAIN_TYPES
        and all(_PLAIN.fullmatch(tag) and spelling.tags.get(tag) != tag for tag in types)
        # The type may be part of a finer one: person-actor.
        and any(re.split("[-/.]", tag.upper())[0] in _WELL_KNOWN for tag in types)
    )
