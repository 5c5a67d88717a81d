"""Reading, parsing and checking the input of the predictor `ner_tagger`, without a model."""

import json
import re
from typing import Any, BinaryIO, Dict, Iterator, List, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict

from xner_allennlp.common.encodings import likely_encoding
from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.common.text_file import UNREADABLE, open_decompressed, refuse_packed
from xner_allennlp.data.languages import LANGUAGES, is_language
from xner_allennlp.text.surrogates import without_lone_surrogates
from xner_allennlp.text.word_offsets import WordNotFound, found_offsets

# A line that begins so was meant to be a JSON object: {"sentence": ...
_JSON_OBJECT = re.compile(r'\s*\{\s*"')
# A longer line is not a sentence: the file is not text, or has other line ends.
_LONGEST_LINE = 16 * 2**20


def checked_lines(path: str) -> Iterator[bytes]:
    """
    The lines of a file, each checked and with its line feed; blank lines are lines, too. Only one
    line is in memory at a time.

    # Parameters

    path : `str`
        See [`open_decompressed`](../common/text_file.md#open_decompressed).

    # Raises

    `ConfigurationError`
        Naming file and line: input that the predictor does not accept, text that is not UTF-8, a
        carriage return inside a line, a damaged or packed file.
    """
    with open_decompressed(path) as stream:
        yield from checked_lines_of(stream, path)


def checked_lines_of(stream: BinaryIO, path: str) -> Iterator[bytes]:
    """The same for an open file; `path` is what errors call it."""
    number = 0
    while line := _read_line(stream, path, number + 1):
        number += 1
        if number == 1:
            refuse_packed(line, path)
        try:
            _check_line(line)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}, line {number}: {error.message}") from None
        yield line


def _read_line(stream: BinaryIO, path: str, number: int) -> bytes:
    try:
        line = stream.readline(_LONGEST_LINE)
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}, line {number}: cannot be read ({error}); give a readable file"
        ) from None
    if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
        raise ConfigurationError(
            f"{path}, line {number}: longer than {_LONGEST_LINE} bytes; give a text file with a "
            "sentence a line"
        )
    return line


def _check_line(line: bytes) -> None:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"the byte 0x{line[error.start]:02x} is not valid UTF-8; the file is likely in "
            f"{likely_encoding(line)}: convert it (for example with `iconv -t utf-8`)"
        ) from None
    if "\r" in text.rstrip("\r\n"):
        raise ConfigurationError(
            "a carriage return inside the line; convert the file's line ends (for example with "
            "`mac2unix`) or remove it"
        )
    check_inputs(parse_line(text))


def parse_line(line: str) -> JsonDict:
    """
    One line of input. A line that does not begin like a JSON object is raw text, even if it begins
    with a brace. Raises `ConfigurationError` for a JSON object that is broken or gives a key twice.
    """
    line = line.strip("\r\n\ufeff")
    if not _JSON_OBJECT.match(line):
        return {"sentence": line}
    try:
        inputs = json.loads(line, object_pairs_hook=_distinct_keys)
    # `ValueError`: no JSON, or a number of thousands of digits. `RecursionError`: nested too deep.
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"the input line {excerpt(line)} begins like a JSON object but is not one ({error}); "
            'repair it, or give the text as {"sentence": "..."}'
        ) from None
    assert isinstance(inputs, dict)  # Nothing else begins with a brace.
    return inputs


def _distinct_keys(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    # `json` would keep the last value of a key and say nothing of the others.
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {json.dumps(excerpt(twice))} stands there twice")
    return values


def check_inputs(inputs: JsonDict) -> None:
    """Raises `ConfigurationError` for a JSON object that the predictor does not accept."""
    text, tokens, language = (inputs.get(key) for key in ("sentence", "tokens", "language"))
    if text is None and tokens is None:
        raise ConfigurationError(
            f'the input {_shown(inputs)} has neither "sentence" nor "tokens"; give one'
        )
    if text is not None and not isinstance(text, str):
        raise ConfigurationError(f'"sentence" is to be a string in the input {_shown(inputs)}')
    if tokens is not None and not (
        isinstance(tokens, list) and all(isinstance(token, str) and token for token in tokens)
    ):
        raise ConfigurationError(
            f'"tokens" is to be a list of strings that are not empty in the input {_shown(inputs)}'
        )
    if language is not None and not is_language(language):
        raise ConfigurationError(
            f'"language" is to be one of {", ".join(LANGUAGES)}, or, of several source languages, '
            f"source_NAME in the input {_shown(inputs)}"
        )
    if text is not None and tokens is not None:
        _check_agreement(text, tokens)


def _check_agreement(text: str, tokens: List[str]) -> None:
    """The reader checks this too, but for `tag-corpus` that is too late."""
    text = without_lone_surrogates(text)
    try:
        found_offsets(list(map(without_lone_surrogates, tokens)), text)
    except WordNotFound as error:
        raise ConfigurationError(
            f"the token {json.dumps(excerpt(error.word), ensure_ascii=False)} is not in the "
            f'"sentence" {json.dumps(excerpt(text), ensure_ascii=False)} after the token '
            "before it; give tokens and sentence that agree, or one of them"
        ) from None


def _shown(inputs: JsonDict) -> str:
    try:
        text = json.dumps(inputs, ensure_ascii=False, default=str)
    except RecursionError:
        text = "(nested too deep to be shown)"
    return excerpt(without_lone_surrogates(text))
