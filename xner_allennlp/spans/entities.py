"""Entity spans: reading them out of tags, and writing them as tags."""

from typing import Iterable, List, NamedTuple, Sequence

from xner_allennlp.spans.tag_schemes import convert_tags, to_iob2


class EntitySpan(NamedTuple):
    """An entity: its `type`, its first token `start`, and `end`, one past its last token."""

    type: str
    start: int
    end: int


def entity_spans(tags: Sequence[str]) -> List[EntitySpan]:
    """
    The entities of one sentence, from left to right. `tags` may be of any scheme that
    `tag_schemes` reads, ill-formed ones too; they never overlap.
    """
    spans: List[EntitySpan] = []
    start, open_type = 0, ""
    for position, tag in enumerate(to_iob2(tags) + ["O"]):
        if tag[0] == "I":
            continue
        if open_type:
            spans.append(EntitySpan(open_type, start, position))
        start, open_type = position, tag[2:]
    return spans


def tags_of_spans(spans: Iterable[EntitySpan], length: int, tag_scheme: str = "BIOUL") -> List[str]:
    """
    The tags of a sentence of `length` tokens with the entities `spans`, in `tag_scheme`
    ("BIOUL" or "BIO").

    Raises `ValueError` when a span is empty, leaves the sentence, or overlaps another.
    """
    tags = ["O"] * length
    for span in spans:
        if not 0 <= span.start < span.end <= length:
            raise ValueError(f"{span} is empty or leaves the sentence of {length} tokens")
        if any(tag != "O" for tag in tags[span.start : span.end]):
            raise ValueError(f"{span} overlaps another entity")
        tags[span.start] = "B-" + span.type
        for position in range(span.start + 1, span.end):
            tags[position] = "I-" + span.type
    return convert_tags(tags, tag_scheme)
