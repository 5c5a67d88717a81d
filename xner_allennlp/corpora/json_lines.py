"""
Labelled sentences in JSON: an object a line, or one list of objects. See `json_examples` for what
an object may be.

A text is split into sentences at its line ends and into tokens by `UnicodeWordsTokenizer`; where an
entity begins or ends inside a token, the token is split.
"""

import json
from collections import Counter
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from typing import Counter as CounterType

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.corpora.json_examples import Example, Keys, Offsets, examples_of, names_in
from xner_allennlp.corpora.json_spans import (
    SPAN_ENDS,
    RefusedObject,
    Rows,
    ends_of,
    rows_of_text,
    shown,
    tags_of_tokens,
)
from xner_allennlp.data.column_roles import Column
from xner_allennlp.data.column_text import ConllLine
from xner_allennlp.data.conll_layout import ConllLayout, LinesOfSentence
from xner_allennlp.text.surrogates import without_lone_surrogates
from xner_allennlp.text.word_offsets import WordNotFound, found_offsets


class _Found(NamedTuple):
    """An example and the number of its line."""

    line: int
    example: Example


def lay_out_json(
    lines: Sequence[Tuple[int, str]],
    path: str,
    *,
    names: Optional[Sequence[str]] = None,
    token_column: Column = "auto",
    tag_column: Optional[Column] = "auto",
    span_ends: str = "auto",
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
    token_column, tag_column : `str`, optional (default = `"auto"`)
        The keys of tokens, and of tags or spans; `None`: what is known of entities is not read.
    span_ends : `str`, optional (default = `"auto"`)
        Whether spans of tokens end with their last token ("inclusive") or behind it ("exclusive").
        "auto": what all of them together tell.

    # Raises

    `ConfigurationError`
        Naming file and line, if there is no JSON, or an object that `json_examples` does not know.
    """
    keys = Keys(_key("token_column", token_column), _key("tag_column", tag_column))
    if span_ends not in SPAN_ENDS:
        raise ConfigurationError(
            f"span_ends is '{span_ends}'; choose one of {', '.join(SPAN_ENDS)}"
        )
    layout = ConllLayout("JSON", width=2, names=["token", "tag"], token=0, tag=1)
    found: List[_Found] = []
    number = 0
    try:
        has_surrogates = any(r"\ud" in text.lower() for _, text in lines)
        for number, record in _records(lines, path):
            if has_surrogates:
                record = _without_lone_surrogates(record, layout.repairs)
            names = names or names_in(record)
            found += [_Found(number, each) for each in examples_of(record, keys, layout.repairs)]
        if tag_column is None:
            found = [_Found(line, each._replace(tags=None, spans=None)) for line, each in found]
        kinds = Counter(example.kind for _, example in found)
        layout.notes += [f"{kind} ({count} objects)" for kind, count in kinds.items()]
        if _are_of_characters(found):
            for place, (number, example) in enumerate(found):
                found[place] = _Found(number, _with_offsets(example))
        number = next(
            (line for line, each in found if each.tokens is not None and each.spans), number
        )
        ends = _ends([example for _, example in found], span_ends)
        if ends is not None:
            layout.notes.append(f"the ends of spans are {ends}")
        for number, example in found:
            for rows in _rows(example, names, ends or "exclusive", layout.repairs):
                _add(layout, rows, number)
    except RefusedObject as error:
        raise ConfigurationError(f"{path}, line {number}: {error}") from None
    lines_of_rows = [line for group in layout.sentences for line in group.lines]
    for line in lines_of_rows:
        if len(line.columns) != len(lines_of_rows[0].columns):
            with_tags, without = sorted(
                (line, lines_of_rows[0]), key=lambda each: len(each.columns), reverse=True
            )
            raise ConfigurationError(
                f"{path}, line {line.number}: the object of line {without.number} has no tags or "
                f"spans, and that of line {with_tags.number} has; part those with from those "
                "without"
            )
    if layout.sentences and len(layout.sentences[0].lines[0].columns) == 1:
        layout.width, layout.tag = 1, None
    return layout


def _key(option: str, column: Optional[Column]) -> Optional[str]:
    if isinstance(column, int):
        raise ConfigurationError(f"{option} is {column}, and JSON has keys; name one")
    return None if column == "auto" else column


def _records(lines: Sequence[Tuple[int, str]], path: str) -> Iterator[Tuple[int, Any]]:
    """The objects, each with the number of its line (that of the list, if it is one)."""
    written = [(number, text) for number, text in lines if text.strip()]
    of_first = ""
    for number, text in written:
        try:
            yield number, json.loads(text)
        except (ValueError, RecursionError) as error:
            if number != written[0][0]:
                raise ConfigurationError(
                    f"{path}, line {number}: no JSON object ({excerpt(str(error))}); repair it"
                ) from None
            of_first = excerpt(str(error))
            break
    else:
        return
    try:
        whole = json.loads("\n".join(text for _, text in lines))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path}, line {written[0][0]}: neither a JSON object a line ({of_first}) nor one JSON "
            f"list through all lines ({excerpt(str(error))}). Give one of them."
        ) from None
    yield written[0][0], whole


def _without_lone_surrogates(value: Any, repairs: CounterType[str]) -> Any:
    """Escapes may be of half a character only, which no file can hold."""
    if isinstance(value, str):
        # One for one, so offsets hold.
        whole = without_lone_surrogates(value)
        if whole != value:
            repairs["texts with half a character, now U+FFFD"] += 1
        return whole
    if isinstance(value, list):
        return [_without_lone_surrogates(each, repairs) for each in value]
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(key, repairs): _without_lone_surrogates(each, repairs)
            for key, each in value.items()
        }
    return value


def _add(layout: ConllLayout, rows: Rows, number: int) -> None:
    if rows:
        group = [ConllLine(number, list(row)) for row in rows]
        layout.sentences.append(LinesOfSentence(group, False))
    else:
        layout.repairs["sentences without tokens, dropped"] += 1


def _are_of_characters(found: Sequence[_Found]) -> bool:
    """Whether spans beside tokens are of the text's characters: some end behind the last token."""
    have_texts = [each for _, each in found if each.tokens and each.text and each.spans]
    return any(
        span.end > len(each.tokens or ()) for each in have_texts for span in each.spans or ()
    )


def _with_offsets(example: Example) -> Example:
    """With offsets of tokens in place of tokens, if there are spans."""
    if not (example.tokens and example.text and example.spans is not None):
        return example
    return example._replace(tokens=None, offsets=_offsets(example.tokens, example.text))


def _offsets(tokens: Sequence[str], text: str) -> Offsets:
    try:
        return found_offsets(tokens, text)
    except WordNotFound as error:
        raise RefusedObject(
            f"the token {shown(error.word)} is not in the text {shown(text)} after the token before"
        ) from None


def _ends(examples: Sequence[Example], span_ends: str) -> Optional[str]:
    """How spans of tokens end; `None` if there are none."""
    sentences = [
        (each.tokens, each.spans) for each in examples if each.tokens is not None and each.spans
    ]
    if not sentences:
        return None
    ends = ends_of(sentences) if span_ends == "auto" else span_ends
    if ends is None:
        raise RefusedObject(
            f"it does not show whether spans like {shown(sentences[0][1][0][:3])} end with their "
            "last token or behind it; say --span-ends inclusive or exclusive"
        )
    return ends


def _rows(
    example: Example, names: Optional[Sequence[str]], ends: str, repairs: CounterType[str]
) -> Iterator[Rows]:
    """Rows of token and tag, or of a token, of each sentence of an example."""
    tokens, spans = example.tokens, example.spans
    if tokens is None:
        assert example.text is not None
        yield from rows_of_text(
            example.text, spans or [], repairs, example.offsets, spans is not None
        )
    elif example.tags is not None:
        yield [(token, _tag(tag, names)) for token, tag in zip(tokens, example.tags)]
    elif spans is not None:
        yield list(zip(tokens, tags_of_tokens(tokens, spans, ends, repairs)))
    else:
        yield [(token,) for token in tokens]


def _tag(tag: Any, names: Optional[Sequence[str]]) -> str:
    if isinstance(tag, str) and not (names and tag.isdecimal()):
        return tag
    try:
        number = int(tag)
        # Of a column with gaps pandas writes all numbers as 1.0.
        is_whole = isinstance(tag, str) or number == tag
    except (OverflowError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise RefusedObject(f"the tag {shown(tag)} is neither a string nor a whole number")
    if not names:
        raise RefusedObject(
            f"the tag {number} is a number; say what numbers stand for, in their order: --names O "
            "B-PER I-PER ..., or --names FILE.json with a list or an object (the data set's card "
            "or features have it)"
        )
    if not 0 <= number < len(names):
        raise RefusedObject(f"the tag {number} has no name among the {len(names)} of --names")
    return names[number]
