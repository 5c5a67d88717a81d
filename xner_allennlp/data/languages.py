"""
Whose words they are. A tagger reads "source" and "target"; one that is trained on several source
languages calls them "source_" and a name, e.g. "source_en" and "source_es". What is each language's
own (its words' numbers and vectors, its files) goes by these names.
"""

import re
from typing import Any, Optional

from allennlp.common.checks import ConfigurationError

LANGUAGES = ("source", "target")
"""Those of a tagger with one source language."""

# Names of modules and of vocabulary files are made of it.
_LANGUAGE = re.compile(r"target|source(_[A-Za-z0-9_-]+)?")

_WORDS = "_tokens"


def is_language(name: Any) -> bool:
    """Whether a tagger may call a language so."""
    return isinstance(name, str) and _LANGUAGE.fullmatch(name) is not None


def check_language(language: str) -> None:
    """Raises `ConfigurationError` unless a tagger may call a language so."""
    if not is_language(language):
        raise ConfigurationError(
            f"the language '{language}' is not one of {', '.join(LANGUAGES)}, or, of several "
            "source languages, source_NAME, e.g. source_en"
        )


def side_of(language: str) -> str:
    """ "source" or "target"."""
    return language.split("_")[0]


def language_of_key(key: str) -> Optional[str]:
    """The language whose words are indexed under `key`, if it is `<language>_tokens`."""
    language = key[: -len(_WORDS)]
    return language if key.endswith(_WORDS) and is_language(language) else None
