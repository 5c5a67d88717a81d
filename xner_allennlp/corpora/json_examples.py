"""
The examples in objects of JSON: tokens, or a text, and what is known of their entities.

What an object may be, by who writes it: tokens with tags (Hugging Face's datasets, also as columns
and as the pages of its viewer), tokens with spans of them (SpERT, GLiNER, DyGIE), tokens that are
objects (prodigy, spaCy), a text with spans of characters (doccano, Label Studio, prodigy, spaCy,
CLUENER, Dataturks).
"""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple
from typing import Counter as CounterType

from xner_allennlp.corpora.json_spans import RefusedObject, Span, are_spans, read_spans, shown

_TOKENS = ("tokens", "words", "tokenized_text", "token")
_TAGS = ("ner_tags", "tags", "labels", "ner", "label", "bio_tags", "iob")
_TEXTS = ("text", "sentence", "content", "data")
_SPANS = (
    *("spans", "entities", "ents", "label", "labels", "annotations", "annotation", "ner"),
    *("entity_mentions", "mentions"),
)
_CONTAINERS = ("data", "rows", "row", "paragraphs", "sentences", "annotations", "examples")
# What prodigy says of examples that nobody is to learn from.
_REJECTED = ("reject", "ignore")
_DROPPED = "examples rejected, ignored or not annotated, dropped"

Offsets = List[Tuple[int, int]]


class Example(NamedTuple):
    """
    # Parameters

    kind : `str`
        What the object has, for the user.
    tokens : `List[str]`, optional
    tags : `List[Any]`, optional
        One for each of `tokens`, as they are written.
    text : `str`, optional
    offsets : `List[Tuple[int, int]]`, optional
        Of the tokens in `text`.
    spans : `List[Span]`, optional
        Of tokens, if there are any and no `offsets`; else of the characters of `text`. `None` if
        nothing is known of entities.
    """

    kind: str
    tokens: Optional[List[str]] = None
    tags: Optional[List[Any]] = None
    text: Optional[str] = None
    offsets: Optional[Offsets] = None
    spans: Optional[List[Span]] = None


class Keys(NamedTuple):
    """The keys of tokens and of tags or spans, if the user names them."""

    tokens: Optional[str] = None
    tags: Optional[str] = None


def examples_of(record: Any, keys: Keys, repairs: CounterType[str]) -> Iterator[Example]:
    """
    The examples of an object, or of a list of them. Raises `RefusedObject` for anything else.
    """
    if record is None:
        repairs[_DROPPED] += 1
        return
    if _is_pair(record):  # spaCy: ["text", {"entities": [[0, 4, "PER"]]}]
        record = {"text": record[0], **record[1]}
    if isinstance(record, list):
        for item in record:
            yield from examples_of(item, keys, repairs)
        return
    if not isinstance(record, dict):
        raise RefusedObject(f"{shown(record)} is no object; give one for each sentence")
    if record.get("answer") in _REJECTED:
        repairs[_DROPPED] += 1
        return
    inner = _inner(record, keys)
    if inner is not None:
        yield from examples_of(inner, keys, repairs)
        return
    found = _example(record, keys, repairs)
    if found is not None:
        yield found


def _is_pair(record: Any) -> bool:
    return (
        isinstance(record, list)
        and len(record) == 2
        and isinstance(record[0], str)
        and isinstance(record[1], dict)
    )


# --- objects of objects


def _inner(record: Dict[str, Any], keys: Keys) -> Optional[List[Any]]:
    """The objects that a record is only the container of, if it is one."""
    tokens = record.get(keys.tokens or "") or _first(record, _TOKENS, (list, dict))
    if _is_column(tokens):
        return _transposed(record, len(tokens))
    if tokens is not None or _first(record, _TEXTS, str) is not None:
        return None
    sentences: Any = record.get("sentences")
    if _is_column(sentences):
        return _parts_of_document(record, sentences)
    for key in _CONTAINERS:
        value = record.get(key)
        if isinstance(value, list) and (not value or all(map(_is_container_item, value))):
            return None if isinstance(record.get("data"), dict) else value
        if key == "row" and isinstance(value, dict):
            return [value]
    return None


def _is_container_item(item: Any) -> bool:
    return item is None or isinstance(item, dict) or _is_pair(item)


def _is_column(value: Any) -> bool:
    """Whether a value has the tokens of many sentences."""
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and bool(value) and all(map(_is_list_of_strings, value))


def _is_list_of_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _transposed(record: Dict[str, Any], length: int) -> List[Any]:
    columns = {
        key: list(value.values()) if isinstance(value, dict) else value
        for key, value in record.items()
        if isinstance(value, (list, dict)) and len(value) == length
    }
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def _parts_of_document(record: Dict[str, Any], sentences: List[List[str]]) -> List[Any]:
    """DyGIE: the tokens of sentences, and spans of tokens that count through the document."""
    parts, begin = [], 0
    found = record.get("ner")
    for place, tokens in enumerate(sentences):
        part: Dict[str, Any] = {"tokens": tokens}
        if isinstance(found, list) and len(found) == len(sentences):
            part["spans"] = [
                {"start": span.start - begin, "end": span.end - begin, "label": span.label}
                for span in read_spans(found[place])
            ]
        parts.append(part)
        begin += len(tokens)
    return parts


def names_in(record: Any) -> Optional[List[str]]:
    """The names of numbers, if the record has them as the viewer of Hugging Face writes them."""
    if isinstance(record, list):
        return next(filter(None, map(names_in, record)), None)
    if not isinstance(record, dict):
        return None
    features: Any = record.get("features")
    for feature in features if isinstance(features, list) else ():
        names = feature
        for key in ("type", "feature", "names"):
            names = names.get(key) if isinstance(names, dict) else None
        if _is_list_of_strings(names) and feature.get("name") in _TAGS:
            return list(names)
    return names_in(record.get("data"))


# --- one object


def _first(record: Mapping[str, Any], keys: Sequence[str], kind: Any) -> Any:
    return next((record[key] for key in keys if isinstance(record.get(key), kind)), None)


def _example(record: Dict[str, Any], keys: Keys, repairs: CounterType[str]) -> Optional[Example]:
    tokens = _tokens(record, keys.tokens)
    if tokens and all(isinstance(token, dict) for token in tokens):
        return _of_token_objects(record, tokens, keys)
    if tokens is not None:
        return _of_tokens(record, tokens, keys)
    if isinstance(record.get("data"), dict):
        return _of_label_studio(record, repairs)
    text = _text(record)
    tags = _tags(record, keys.tags)
    words = text.split()
    if tags and len(tags) == len(words):
        return Example("a text and the tags of its words", words, tags)
    spans = _spans(record, keys.tags)
    if spans is None and tags:
        raise RefusedObject(f"{len(words)} words but {len(tags)} tags; give tokens")
    if spans is None and record.get("answer") == "accept":
        spans = []  # prodigy
    kind = "a text and character spans" if spans is not None else _unknown(record, "a text")
    return Example(kind, text=text, spans=spans)


def _unknown(record: Mapping[str, Any], what: str) -> str:
    keys = ", ".join(sorted(record))
    return f"{what} without tags or spans; if {shown(keys)} have them, name the key: --tag-column"


def _tokens(record: Mapping[str, Any], key: Optional[str]) -> Optional[List[Any]]:
    if key is not None:
        if not isinstance(record.get(key), list):
            raise RefusedObject(f"{shown(record)} has no list of tokens under {shown(key)}")
        return list(record[key])
    tokens = _first(record, _TOKENS, list)
    if tokens is None:
        tokens = next((record[key] for key in _TEXTS if _is_list_of_strings(record.get(key))), None)
    return None if tokens is None else list(tokens)


def _tags(record: Mapping[str, Any], key: Optional[str]) -> Optional[List[Any]]:
    """A list that has something else than spans."""
    keys = _TAGS if key is None else (key,)
    found = (record[key] for key in keys if isinstance(record.get(key), list))
    return next((tags for tags in found if not tags or not are_spans(tags)), None)


def _spans(record: Mapping[str, Any], key: Optional[str]) -> Optional[List[Span]]:
    keys = _SPANS if key is None else (key,)
    found = next((record[key] for key in keys if are_spans(record.get(key))), None)
    if found is None and key is not None:
        raise RefusedObject(f"{shown(record)} has neither tags nor spans under {shown(key)}")
    if found is None:
        return None
    return read_spans(found)


def _of_tokens(record: Mapping[str, Any], tokens: List[Any], keys: Keys) -> Example:
    for token in tokens:
        if not isinstance(token, str):
            raise RefusedObject(f"the token {shown(token)} is no string; give strings")
    tags = _tags(record, keys.tags)
    if tags is None and keys.tags is None:  # the Broad Twitter Corpus calls its tags "entities"
        lists = [record[key] for key in _SPANS if _is_list_of_strings(record.get(key))]
        tags = next((each for each in lists if len(each) == len(tokens)), None)
    if tags is not None and (tags or not tokens or _spans(record, keys.tags) is None):
        if len(tags) != len(tokens):
            raise RefusedObject(f"{len(tokens)} tokens but {len(tags)} tags; repair the object")
        return Example("tokens and tags", tokens, tags)
    spans = _spans(record, keys.tags)
    if spans is None:
        return Example(_unknown(record, "tokens"), tokens)
    text = _first(record, _TEXTS, str)
    return Example("tokens and spans", tokens, text=text, spans=spans)


def _of_token_objects(
    record: Mapping[str, Any], tokens: List[Dict[str, Any]], keys: Keys
) -> Example:
    words = [_first(token, ("text", "orth", "word", "token", "form"), str) for token in tokens]
    tags = [_first(token, _TAGS if keys.tags is None else (keys.tags,), str) for token in tokens]
    if None not in words and None not in tags and _spans(record, None) is None:
        # spaCy 2 writes "-" where it knows nothing.
        return Example("tokens with their tags", words, ["O" if t == "-" else t for t in tags])
    try:
        offsets = [(int(token["start"]), int(token["end"])) for token in tokens]
    except (KeyError, TypeError, ValueError):
        raise RefusedObject(f"the tokens {shown(tokens)} have no start and end") from None
    kind = "a text, its tokens and character spans"
    spans = _spans(record, keys.tags)
    if spans is None and record.get("answer") != "accept":
        kind = _unknown(record, "a text and its tokens")
    elif spans is None:
        spans = []
    return Example(kind, text=_text(record), offsets=offsets, spans=spans)


def _text(record: Mapping[str, Any]) -> str:
    text = _first(record, _TEXTS, str)
    if text is None:
        raise RefusedObject(
            f"{shown(record)} has neither tokens ({', '.join(_TOKENS)}) nor a text "
            f"({', '.join(_TEXTS)}); give one, or name the key of the tokens: --token-column"
        )
    return str(text)


def _of_label_studio(record: Mapping[str, Any], repairs: CounterType[str]) -> Optional[Example]:
    """`{"data": {"text": ...}, "annotations": [{"result": [{"value": {...}}]}]}`."""
    texts = {key: value for key, value in record["data"].items() if isinstance(value, str)}
    text = _first(texts, _TEXTS, str)
    if text is None and len(texts) > 1:
        raise RefusedObject(
            f"{shown(record)} has several texts ({', '.join(texts)}); let the one with the "
            f"entities be called {_TEXTS[0]}"
        )
    if text is None:
        text = next(iter(texts.values()), None)
    if text is None:
        return Example("a text", text=_text(record))
    given = _first(record, ("annotations", "completions"), list) or []
    results = [
        each["result"]
        for each in given
        if isinstance(each, dict)
        and isinstance(each.get("result"), list)
        and not each.get("was_cancelled")
    ]
    if not results:
        repairs[_DROPPED] += 1
        return None
    if len(results) > 1:
        repairs["further annotations of the same text, left out"] += len(results) - 1
    return Example("a text and character spans", text=text, spans=read_spans(results[0]))
