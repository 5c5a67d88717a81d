"""
Labelled sentences in JSON, as Hugging Face's datasets, doccano, Label Studio, prodigy and spaCy
write them: an object a line, or one list of objects.

An object has tokens with tags (strings, or numbers that `names` gives names), or a text with the
character spans of its entities. A text is split into sentences at its line ends and into tokens by
`UnicodeWordsTokenizer`; where an entity begins or ends inside a token, the token is split.
"""

import json
from collections import Counter
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple
from typing import Counter as CounterType

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.column_text import ConllLine
from xner_allennlp.data.conll_layout import ConllLayout, LinesOfSentence
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer

_TOKENS = ("tokens", "words", "tokenized_text", "token")
_TAGS = ("ner_tags", "tags", "labels", "ner", "label", "bio_tags", "iob")
_TEXTS = ("text", "sentence", "content", "data")
_SPANS = ("spans", "entities", "label", "labels", "annotations")
# What prodigy says of examples that nobody is to learn from.
_REJECTED = ("reject", "ignore")


class Span(NamedTuple):
    """An entity: `start` and `end` (exclusive) in characters, and its `label`."""

    start: int
    end: int
    label: str


class _Refused(ValueError):
    """What is wrong with an object, and what to do."""


def lay_out_json(
    lines: Sequence[Tuple[int, str]], path: str, names: Optional[Sequence[str]] = None
) -> ConllLayout:
    """
    The sentences of a file in JSON, as rows of token and tag.

    # Parameters

    lines : `Sequence[Tuple[int, str]]`
        Lines with their numbers.
    path : `str`
        The file that errors are to name.
    names : `Sequence[str]`, optional
        The tags that numbers stand for, from 0.

    # Raises

    `ConfigurationError`
        Naming file and line, if there is no JSON, or an object is none of those above.
    """
    layout = ConllLayout("JSON", width=2, names=["token", "tag"], token=0, tag=1)
    kinds: CounterType[str] = Counter()
    for number, record in _records(lines, path):
        try:
            for rows in _sentences(record, names, layout.repairs, kinds):
                group = [ConllLine(number, list(row)) for row in rows]
                if group:
                    layout.sentences.append(LinesOfSentence(group, False))
                else:
                    layout.repairs["sentences without tokens, dropped"] += 1
        except _Refused as error:
            raise ConfigurationError(f"{path}, line {number}: {error}") from None
    if len({len(line.columns) for group in layout.sentences for line in group.lines}) > 1:
        raise ConfigurationError(f"{path}: some objects have tags and some have none; part them")
    if layout.sentences and len(layout.sentences[0].lines[0].columns) == 1:
        layout.width, layout.tag = 1, None
    layout.notes += [f"{kind} ({count} objects)" for kind, count in kinds.items()]
    return layout


def _records(lines: Sequence[Tuple[int, str]], path: str) -> Iterator[Tuple[int, Any]]:
    """The objects, each with the number of its line (that of the list, if it is one)."""
    written = [(number, text) for number, text in lines if text.strip()]
    for number, text in written:
        try:
            yield number, json.loads(text)
        except (ValueError, RecursionError) as error:
            if number != written[0][0]:
                raise ConfigurationError(
                    f"{path}, line {number}: no JSON object ({excerpt(str(error))}); repair it"
                ) from None
            break
    else:
        return
    try:
        whole = json.loads("\n".join(text for _, text in lines))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path}: neither a JSON object a line nor one JSON list ({excerpt(str(error))}). "
            "Give one of them."
        ) from None
    yield written[0][0], whole


def _sentences(
    record: Any,
    names: Optional[Sequence[str]],
    repairs: CounterType[str],
    kinds: CounterType[str],
) -> Iterator[List[Tuple[str, ...]]]:
    """Rows of token and tag, or of a token, of each sentence of a record."""
    if isinstance(record, list) and not _is_pair(record):
        for item in record:
            yield from _sentences(item, names, repairs, kinds)
        return
    if _is_pair(record):  # spaCy: ["text", {"entities": [[0, 4, "PER"]]}]
        record = {"text": record[0], **record[1]}
    if not isinstance(record, dict):
        raise _Refused(f"{_shown(record)} is no object; give one for each sentence")
    if isinstance(record.get("data"), list):  # {"version": ..., "data": [...]}
        yield from _sentences(record["data"], names, repairs, kinds)
        return
    if record.get("answer") in _REJECTED:
        repairs["examples rejected or ignored, dropped"] += 1
        return
    tokens = _first(record, _TOKENS, list)
    if tokens and all(isinstance(token, dict) for token in tokens):
        # prodigy: the tokens of a text, with their offsets.
        kinds["a text, its tokens and character spans"] += 1
        yield from _of_text(_text(record), _spans(record), repairs, _offsets(tokens))
    elif tokens is not None:
        tags = _first(record, _TAGS, list)
        kinds["tokens and tags" if tags is not None else "tokens"] += 1
        yield _of_tokens(tokens, tags, names)
    else:
        kinds["a text and character spans"] += 1
        yield from _of_text(_text(record), _spans(record), repairs)


def _is_pair(record: Any) -> bool:
    return (
        isinstance(record, list)
        and len(record) == 2
        and isinstance(record[0], str)
        and isinstance(record[1], dict)
    )


def _first(record: Mapping[str, Any], keys: Sequence[str], kind: type) -> Any:
    return next((record[key] for key in keys if isinstance(record.get(key), kind)), None)


# --- tokens and tags


def _of_tokens(
    tokens: List[Any], tags: Optional[List[Any]], names: Optional[Sequence[str]]
) -> List[Tuple[str, ...]]:
    for token in tokens:
        if not isinstance(token, str):
            raise _Refused(f"the token {_shown(token)} is no string; give strings")
    if tags is None:
        return [(token,) for token in tokens]
    if len(tags) != len(tokens):
        raise _Refused(f"{len(tokens)} tokens but {len(tags)} tags; repair the object")
    return [(token, _tag(tag, names)) for token, tag in zip(tokens, tags)]


def _tag(tag: Any, names: Optional[Sequence[str]]) -> str:
    if isinstance(tag, str) and not (names and tag.isdecimal()):
        return tag
    try:
        number = int(tag)
    except (TypeError, ValueError):
        raise _Refused(f"the tag {_shown(tag)} is neither a string nor a number") from None
    if not names:
        raise _Refused(
            f"the tag {number} is a number; say what numbers stand for, in their order: --names O "
            "B-PER I-PER ..., or --names FILE.json with a list or an object (the data set's card "
            "or features have it)"
        )
    if not 0 <= number < len(names):
        raise _Refused(f"the tag {number} has no name among the {len(names)} of --names")
    return names[number]


# --- a text and character spans


def _text(record: Mapping[str, Any]) -> str:
    text = _first(record, _TEXTS, str)
    if text is None and isinstance(record.get("data"), dict):  # Label Studio
        text = next((value for value in record["data"].values() if isinstance(value, str)), None)
    if text is None:
        raise _Refused(
            f"{_shown(record)} has neither tokens ({', '.join(_TOKENS)}) nor a text "
            f"({', '.join(_TEXTS)}); give one"
        )
    return str(text)


def _spans(record: Mapping[str, Any]) -> List[Span]:
    found = _first(record, _SPANS, list) or []
    # Label Studio: "annotations": [{"result": [{"value": {...}}]}], of which the first one counts.
    if found and isinstance(found[0], dict) and isinstance(found[0].get("result"), list):
        found = found[0]["result"]
    return [span for item in found for span in _span(item)]


def _span(item: Any) -> Iterator[Span]:
    value = item.get("value", item) if isinstance(item, dict) else item
    if isinstance(value, dict):
        start = value.get("start", value.get("start_offset"))
        end = value.get("end", value.get("end_offset"))
        label = value.get("label", value.get("labels", value.get("type")))
    elif isinstance(value, list) and len(value) == 3:
        start, end, label = value
    else:
        raise _Refused(f"{_shown(item)} is no span; give [start, end, label]")
    if start is None and isinstance(item, dict) and "value" in item:
        return  # a choice or a relation of Label Studio
    labels = label if isinstance(label, list) else [label]
    if type(start) is not int or type(end) is not int or not labels:
        raise _Refused(f"{_shown(item)} is no span; give [start, end, label]")
    if not isinstance(labels[0], str) or not labels[0]:
        raise _Refused(f"the span {_shown(item)} has no label")
    yield Span(start, end, labels[0])


def _offsets(tokens: List[Dict[str, Any]]) -> List[Tuple[int, int]]:
    try:
        return [(int(token["start"]), int(token["end"])) for token in tokens]
    except (KeyError, TypeError, ValueError):
        raise _Refused(f"the tokens {_shown(tokens)} have no start and end") from None


def _of_text(
    text: str,
    spans: List[Span],
    repairs: CounterType[str],
    offsets: Optional[List[Tuple[int, int]]] = None,
) -> Iterator[List[Tuple[str, ...]]]:
    kept = _apart(_within(text, spans, repairs), repairs)
    if offsets is None:
        found = UnicodeWordsTokenizer().tokenize(text)
        offsets = [(token.idx or 0, token.idx_end or 0) for token in found]
    pieces = list(_split_at_borders(offsets, kept, repairs))
    rows: List[Tuple[str, ...]] = []
    last = 0
    for start, end in pieces:
        inside = next((span for span in kept if span.start <= start and end <= span.end), None)
        if "\n" in text[last:start] and not (inside and inside.start < start):
            if rows:
                yield rows
            rows = []
        prefix = "" if inside is None else "B-" if start == _first_piece(inside, pieces) else "I-"
        rows.append((text[start:end], prefix + inside.label if inside else "O"))
        last = end
    yield rows


def _first_piece(span: Span, pieces: Sequence[Tuple[int, int]]) -> int:
    return next(start for start, _ in pieces if start >= span.start)


def _within(text: str, spans: List[Span], repairs: CounterType[str]) -> Iterator[Span]:
    """The spans without white space at their ends."""
    for span in spans:
        if not 0 <= span.start < span.end <= len(text):
            raise _Refused(
                f"the span {list(span)} is not inside the text of {len(text)} characters; repair it"
            )
        part = text[span.start : span.end]
        start = span.start + len(part) - len(part.lstrip())
        end = span.end - len(part) + len(part.rstrip())
        if start >= end:
            repairs["spans of white space, dropped"] += 1
            continue
        repairs["spans with white space at an end, cut"] += (start, end) != (span.start, span.end)
        yield Span(start, end, span.label)


def _apart(spans: Iterator[Span], repairs: CounterType[str]) -> List[Span]:
    """The spans that overlap no longer one, by their position."""
    kept: List[Span] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
        else:
            repairs["spans inside or across longer ones, dropped"] += 1
    return sorted(kept)


def _split_at_borders(
    offsets: List[Tuple[int, int]], spans: List[Span], repairs: CounterType[str]
) -> Iterator[Tuple[int, int]]:
    borders = sorted({border for span in spans for border in (span.start, span.end)})
    for start, end in offsets:
        inner = [border for border in borders if start < border < end]
        repairs["tokens split where an entity begins or ends"] += bool(inner)
        edges = [start, *inner, end]
        yield from zip(edges, edges[1:])


def _shown(value: Any) -> str:
    return excerpt(json.dumps(value, ensure_ascii=False, default=str))
