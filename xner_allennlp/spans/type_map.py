"""New names of entity types, so that corpora with other types can be used together."""

from collections import Counter
from fnmatch import fnmatchcase
from typing import Dict, List, Mapping, Optional, Sequence

from xner_allennlp.spans.entities import entity_spans
from xner_allennlp.spans.tag_schemes import to_iob2

NO_ENTITY = "O"


class TypeMap:
    """
    Renames entity types, and counts what it renames.

    # Parameters

    names : `Mapping[str, str]`
        The new name of a type, or "O" for no entity, by its old name or by a pattern: "*" stands
        for any letters, "?" for one. A name goes before patterns, and of patterns the first one
        that fits. Types that none of them fits stay as they are.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._known: Dict[str, str] = {}
        self.renamed: Counter[str] = Counter()
        """How many tags were renamed, by "OLD -> NEW"."""
        self.changed_prefixes = 0
        """How many tags got another prefix, B for I or I for B."""

    def knows(self, old: str) -> bool:
        """Whether a name or a pattern says what becomes of the type `old`, even that it stays."""
        return old in self._names or self._by_pattern(old) is not None

    def new_name(self, old: str) -> str:
        """The new name of the type `old`."""
        if old not in self._known:
            self._known[old] = self._names.get(old) or self._by_pattern(old) or old
        return self._known[old]

    def rename(self, tags: Sequence[str]) -> List[str]:
        """
        The tags of a sentence with new names. They come in IOB2, so that neighbouring entities
        whose types become one stay two; if there is nothing to rename, they come as they are.
        """
        if all(self.new_name(tag[2:]) == tag[2:] for tag in tags if tag != NO_ENTITY):
            return list(tags)
        iob2 = to_iob2(tags)
        self.changed_prefixes += sum(new[0] != old[0] for new, old in zip(iob2, tags))
        return [self._renamed(tag) for tag in iob2]

    def renamed_entities(self, tags: Sequence[str]) -> Dict[str, int]:
        """How many entities of a sentence `rename` gives another type, by "OLD -> NEW"."""
        if not self._names:
            return {}
        types = [span.type for span in entity_spans(tags)]
        return Counter(
            f"{old} -> {self.new_name(old)}" for old in types if self.new_name(old) != old
        )

    def _renamed(self, tag: str) -> str:
        prefix, old = tag[:2], tag[2:]
        new = self.new_name(old) if old else old
        if new != old:
            self.renamed[f"{old} -> {new}"] += 1
        return NO_ENTITY if new in (NO_ENTITY, "") else prefix + new

    def _by_pattern(self, old: str) -> Optional[str]:
        return next(
            (new for pattern, new in self._names.items() if fnmatchcase(old, pattern)), None
        )


def counts_of_renamed(renamed: Mapping[str, int], prefix: str = "") -> Dict[str, int]:
    """What `TypeMap.renamed_entities` has counted, as metrics: `renamed_person_to_PER`."""
    return {
        f"{prefix}renamed_{names.replace(' -> ', '_to_')}": count
        for names, count in sorted(renamed.items())
    }
