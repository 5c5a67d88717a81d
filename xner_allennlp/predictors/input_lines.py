"""The lines that the predictor `ner_tagger` takes, checked without a model."""

import json
import re
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict

from xner_allennlp.readers import LANGUAGES

# A line that begins so was meant to be a JSON object: {"sentence": ...
_JSON_OBJECT = re.compile(r'\s*\{\s*"')


def parse_line(line: str) -> JsonDict:
    """
    One line of input. What does not begin like a JSON object is raw text, also if it begins with a
    brace. Raises `ConfigurationError` for a broken JSON object.
    """
    line = line.strip("\r\n\ufeff")
    if not _JSON_OBJECT.match(line):
        return {"sentence": line}
    try:
        inputs = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"the input line {_shorten(line)} begins like a JSON object but is none ({error}); "
            'repair it, or give the text as {"sentence": "..."}'
        ) from None
    assert isinstance(inputs, dict)  # Nothing else begins with a brace.
    return inputs


def check_inputs(inputs: JsonDict) -> None:
    """Raises `ConfigurationError` for a JSON object that the predictor would not take."""
    text, tokens, language = (inputs.get(key) for key in ("sentence", "tokens", "language"))
    if text is None and tokens is None:
        raise ConfigurationError(
            f'the input {_shorten(inputs)} has neither "sentence" nor "tokens"; give one'
        )
    if text is not None and not isinstance(text, str):
        raise ConfigurationError(f'"sentence" is to be a string in the input {_shorten(inputs)}')
    if tokens is not None and not (
        isinstance(tokens, list) and all(isinstance(token, str) and token for token in tokens)
    ):
        raise ConfigurationError(
            '"tokens" is to be a list of strings that are not empty in the input '
            f"{_shorten(inputs)}"
        )
    if language is not None and language not in LANGUAGES:
        raise ConfigurationError(
            f'"language" is to be one of {", ".join(LANGUAGES)} in the input {_shorten(inputs)}'
        )


def _shorten(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else text[:97] + "..."
