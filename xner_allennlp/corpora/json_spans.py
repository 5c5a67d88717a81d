"""Entities that JSON gives as spans of a text's characters, or of tokens, and their tags."""

import json
from bisect import bisect_left, bisect_right
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple
from typing import Counter as CounterType

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.spans import EntitySpan, tags_of_spans

_STARTS = ("start", "start_offset", "begin", "start_char", "start_idx", "start_pos")
_ENDS = ("end", "end_offset", "end_char", "end_idx", "end_pos")
_LABELS = ("type", "entity_type", "label_type")
_TEXTS = ("text", "word", "surface", "name", "mention")

SPAN_ENDS = ("auto", "exclusive", "inclusive")

Rows = List[Tuple[str, ...]]


class RefusedObject(ValueError):
    """What is wrong with an object, and what to do."""


class Span(NamedTuple):
    """
    An entity: `start` and `end` as they are written, in characters or tokens, its `label`, and the
    `text` that it is said to have.
    """

    start: int
    end: int
    label: str
    text: Optional[str] = None


def read_spans(items: Any) -> List[Span]:
    """
    The spans of a list, or of CLUENER's object `{label: {text: [[start, end], ...]}}`. Raises
    `RefusedObject`.
    """
    if isinstance(items, dict):
        return [span for label, texts in items.items() for span in _of_texts(label, texts)]
    return [span for item in items for span in _read_span(item)]


def are_spans(value: Any) -> bool:
    """Whether a value of an object may be spans, or none, and not tags."""
    if isinstance(value, dict):
        return all(isinstance(texts, dict) for texts in value.values())
    return isinstance(value, list) and all(isinstance(item, (dict, list)) for item in value)


def _of_texts(label: str, texts: Any) -> Iterator[Span]:
    for text, places in texts.items():
        for place in places if isinstance(places, list) else [None]:
            if not isinstance(place, list) or [type(each) for each in place] != [int, int]:
                raise RefusedObject(f"{shown(texts)} is not of the form text: [[start, end]]")
            yield Span(place[0], place[1], label, text)


def _read_span(item: Any) -> Iterator[Span]:
    value = item.get("value", item) if isinstance(item, dict) else item
    if isinstance(value, dict):
        points = value.get("points")
        place = points[0] if isinstance(points, list) and points else value  # Dataturks
        start, end = _borders_in(place)
        label = _first(value, ("label", "labels", *_LABELS, "entity", "tag"))
        # CMeEE has the text as "entity", beside the "type".
        texts = (*_TEXTS, "entity") if _first(value, _LABELS) is not None else _TEXTS
        text = _first(place, texts) if isinstance(place, dict) else None
        if start is None and (value is not item or item.get("type") == "relation"):
            return  # a choice or a relation of Label Studio
    elif isinstance(value, list) and len(value) in (3, 4):
        start, end, label = value[:3]
        text = None
    else:
        raise RefusedObject(f"{shown(item)} is no span; give [start, end, label]")
    label = label[0] if isinstance(label, list) and label else label
    if type(start) is not int or type(end) is not int:
        raise RefusedObject(f"{shown(item)} is no span; give [start, end, label]")
    if not isinstance(label, str) or not label:
        raise RefusedObject(f"the span {shown(item)} has no label that is a string; give it one")
    yield Span(start, end, label, text if isinstance(text, str) else None)


def _borders_in(place: Any) -> Sequence[Any]:
    """Start and end, under two keys or one: `{"span": [0, 4]}`."""
    if not isinstance(place, dict):
        return None, None
    both = _first(place, ("span", "offset", "offsets", "position"))
    both = both[0] if isinstance(both, list) and len(both) == 1 else both
    if isinstance(both, list) and len(both) == 2:
        return both
    return _first(place, _STARTS), _first(place, _ENDS)


def _first(value: Dict[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def shown(value: Any) -> str:
    """A value as JSON, shortened, for messages."""
    return excerpt(json.dumps(value, ensure_ascii=False, default=str))


# --- tokens


def ends_of(sentences: Sequence[Tuple[List[str], List[Span]]]) -> Optional[str]:
    """
    Whether the ends of spans of tokens are "inclusive" or "exclusive", by all `sentences`: what is
    at an end, or is one token. `None` if nothing tells, or both is true.
    """
    found = set()
    for tokens, spans in sentences:
        for span in spans:
            if span.end >= len(tokens):
                found.add("exclusive")
            elif span.start == span.end:
                found.add("inclusive")
            elif span.text is not None:
                inside = "".join(span.text.split())
                if inside == "".join(tokens[span.start : span.end]):
                    found.add("exclusive")
                elif inside == "".join(tokens[span.start : span.end + 1]):
                    found.add("inclusive")
    return found.pop() if len(found) == 1 else None


def tags_of_tokens(
    tokens: List[str], spans: List[Span], ends: str, repairs: CounterType[str]
) -> List[str]:
    """The tags, in IOB2, of tokens with spans of them."""
    moved = []
    for span in spans:
        end = span.end + (ends == "inclusive")
        if not 0 <= span.start < end <= len(tokens):
            raise RefusedObject(
                f"the span {shown(span[:3])} is not inside {len(tokens)} tokens, if its end is "
                f"{ends}; repair it"
            )
        moved.append(span._replace(end=end))
    kept = _apart(moved, repairs)
    entities = [EntitySpan(span.label, span.start, span.end) for span in kept]
    return tags_of_spans(entities, len(tokens), "BIO")


# --- characters


def rows_of_text(
    text: str,
    spans: List[Span],
    repairs: CounterType[str],
    offsets: Optional[List[Tuple[int, int]]] = None,
    is_tagged: bool = True,
) -> Iterator[Rows]:
    """
    Rows of token and tag (or of a token, if not `is_tagged`) of each line of a text, with entities
    as spans of characters. Without `offsets` of tokens the text is split into words.
    """
    kept = _apart(_within(text, spans, repairs), repairs)
    if offsets is None:
        found = UnicodeWordsTokenizer().tokenize(text)
        offsets = [(token.idx or 0, token.idx_end or 0) for token in found]
    rows: Rows = []
    starts = [span.start for span in kept]
    begun = -1  # The last of the spans that has a piece.
    with_pieces: Set[int] = set()
    last = 0
    for start, end in _split_at_borders(offsets, kept, repairs):
        place = bisect_right(starts, start) - 1
        inside = kept[place] if place >= 0 and end <= kept[place].end else None
        if "\n" in text[last:start] and not (inside and inside.start < start):
            if rows:
                yield rows
            rows = []
        tag = "O" if inside is None else f"{'I' if place == begun else 'B'}-{inside.label}"
        if inside is not None:
            begun = place
            with_pieces.add(place)
        rows.append((text[start:end], tag) if is_tagged else (text[start:end],))
        last = end
    repairs["spans without a token, dropped"] += len(kept) - len(with_pieces)
    yield rows


def _within(text: str, spans: List[Span], repairs: CounterType[str]) -> List[Span]:
    """The spans in characters with exclusive ends, without white space at their borders."""
    found = []
    for span in spans:
        start, end = _borders(text, span, repairs)
        part = text[start:end]
        stripped = (start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip()))
        if stripped[0] >= stripped[1]:
            repairs["spans of white space, dropped"] += 1
            continue
        repairs["spans with white space at an end, cut"] += stripped != (start, end)
        found.append(Span(*stripped, span.label))
    return found


def _borders(text: str, span: Span, repairs: CounterType[str]) -> Tuple[int, int]:
    """Where a span is, by the text that it is said to have, if it says so."""
    for way, start, end in _ways(text, span):
        if 0 <= start < end <= len(text) and (
            span.text is None or text[start:end].strip() == span.text.strip()
        ):
            if way:
                repairs[f"spans with ends {way}"] += 1
            return start, end
    if span.text is not None and 0 <= span.start < span.end <= len(text):
        raise RefusedObject(
            f"the span {shown(span[:3])} is {shown(text[span.start : span.end])} in its text, and "
            f"not {shown(span.text)}; repair it"
        )
    raise RefusedObject(
        f"the span {shown(span[:3])} is not inside the text of {len(text)} characters; repair it"
    )


def _ways(text: str, span: Span) -> Iterator[Tuple[str, int, int]]:
    """What the ends of a span may mean."""
    yield "", span.start, span.end
    if span.text is not None:
        yield "inclusive", span.start, span.end + 1
        if not text.isascii():
            yield "in UTF-16", _characters(text, span.start), _characters(text, span.end)


def _characters(text: str, units: int) -> int:
    """How many characters the first `units` of UTF-16 are."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * max(units, 0)]
    return len(encoded.decode("utf-16-le", "ignore"))


def _apart(spans: List[Span], repairs: CounterType[str]) -> List[Span]:
    """The spans that overlap no longer one, by their position."""
    kept: List[Span] = []  # By their position, so that only neighbours can overlap.
    starts: List[int] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span[:3])):
        place = bisect_left(starts, span.start)
        if (place == 0 or kept[place - 1].end <= span.start) and (
            place == len(kept) or span.end <= kept[place].start
        ):
            kept.insert(place, span)
            starts.insert(place, span.start)
        else:
            repairs["spans inside or across longer ones, dropped"] += 1
    return kept


def _split_at_borders(
    offsets: List[Tuple[int, int]], spans: List[Span], repairs: CounterType[str]
) -> Iterator[Tuple[int, int]]:
    borders = sorted({border for span in spans for border in (span.start, span.end)})
    for start, end in offsets:
        inner = borders[bisect_right(borders, start) : bisect_left(borders, end)]
        repairs["tokens split where an entity begins or ends"] += bool(inner)
        edges = [start, *inner, end]
        yield from zip(edges, edges[1:])
