"""Takes out of a configuration what only the machine knows that it was written on."""

import os
import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# `/home/ann/nl.vec`, `~/nl.vec`, `~ann/nl.vec`; not `/` alone, and no fraction as in `km/h`.
_ABSOLUTE = re.compile(r"(file:)?(/|~[^/]*/).*[^/].*", re.DOTALL | re.IGNORECASE)
# The same within a text, of at least one folder: `vectors=/home/ann/nl.vec`.
_WITHIN = re.compile(r"(?<=[\s=,;'\"(\[])(?:~[^/\s]*)?(?:/[^/\s,;'\")\]]+){2,}")
# AllenNLP's names of a file in an archive: `(/home/ann/vectors.zip)#nl.vec`.
_INSIDE = re.compile(r"\((?P<archive>.+)\)#(?P<member>.+)", re.DOTALL)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s()'\"<>]+", re.IGNORECASE)


def impersonal(value: Any) -> Any:
    """
    A configuration in which no text is an absolute path, or a URL with more than its address:

    * an absolute path, or one that begins with `~`, becomes the name of its file;
    * a URL loses user, password, query and fragment; one that begins with `file:` is a path;
    * everything else, relative paths too, stays.

    # Parameters

    value : `Any`
        What JSON can hold.
    """
    if isinstance(value, dict):
        return {impersonal(key): impersonal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [impersonal(item) for item in value]
    return _impersonal_text(value) if isinstance(value, str) else value


def _impersonal_text(text: str) -> str:
    inside = _INSIDE.fullmatch(text)
    if inside:
        return f"({_impersonal_text(inside['archive'])})#{inside['member']}"
    if _ABSOLUTE.fullmatch(text):
        return os.path.basename(text.rstrip("/"))
    text = _URL.sub(lambda url: _address(url[0]), text)
    return _WITHIN.sub(lambda path: os.path.basename(path[0]), text)


def _address(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
