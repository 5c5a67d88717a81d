"""Tags in brackets, as CoNLL-2012 writes them: `(PER*` opens an entity, `*)` closes it."""

import re
from typing import Collection, List, Optional, Sequence

_BRACKET = re.compile(r"(\((?P<type>[^()*\s]*[^\W\d_][^()*\s]*))?(?P<star>\*)?(?P<end>\))?")


def are_bracket_tags(written: Collection[str]) -> bool:
    """Whether the distinct tags of a column are brackets, of at least one entity."""
    found = [_BRACKET.fullmatch(tag) for tag in written]
    return "*" in written and all(map(_is_tag, found)) and any(tag and tag["type"] for tag in found)


def read_bracket_tags(written: Sequence[str]) -> Optional[List[str]]:
    """The tags of a sentence in IOB2; `None` if a bracket has no partner, or stands in another."""
    tags = []
    inside: Optional[str] = None
    for text in written:
        found = _BRACKET.fullmatch(text)
        if found is None or not _is_tag(found):
            return None
        if inside is None and found["end"] and not found["type"]:
            return None
        if inside is not None and found["type"]:
            return None
        if found["type"]:
            inside = found["type"]
            tags.append(f"B-{inside}")
        else:
            tags.append("O" if inside is None else f"I-{inside}")
        if found["end"]:
            inside = None
    return None if inside is not None else tags


def _is_tag(found: Optional["re.Match[str]"]) -> bool:
    # "(PER" alone and ")" alone are those of other columns, like coreference.
    return found is not None and bool(found["star"] or (found["type"] and found["end"]))
