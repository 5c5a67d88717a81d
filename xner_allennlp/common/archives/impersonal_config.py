"""Takes out of a configuration what only the machine knows that it was written on."""

import os
import re
from typing import Any, Dict, Iterable, Match

# `/home/ann/nl.vec`, `~/nl.vec`, `~ann/nl.vec`; not `/` alone, and no fraction as in `km/h`.
_ABSOLUTE = re.compile(r"(file:)?(/|~[^/]*/).*[^/].*", re.DOTALL | re.IGNORECASE)
# AllenNLP's names of a file in an archive: `(/home/ann/vectors.zip)#nl.vec`.
_INSIDE = re.compile(r"\((?P<archive>.+)\)#(?P<member>.+)", re.DOTALL)
# A path within a text, of at least one folder: `vectors=/home/ann/nl.vec`, `nl:/home/ann/nl.vec`.
_WITHIN = r"(?<=[\s=,;:'\"(\[<])(?:~[^/\s]*)?(?:/[^/\s,;'\")\]]+){2,}"
# `https://ann:secret@host.org/x.gz?token=secret`, and `sqlite:////home/ann/db` without a host. It
# ends where a path begins: `https://host.org/x.gz,/home/ann/nl.vec`.
_URL = (
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s()'\"<>/?#]*@)?(?P<host>[^\s()'\"<>/?#,;]*)"
    rf"(?P<path>(?:/(?:(?!{_WITHIN})[^\s()'\"<>?#])*)?)(?:[?#][^\s()'\"<>]*)?"
)
_URL_OR_PATH = re.compile(f"{_URL}|{_WITHIN}", re.IGNORECASE)


def impersonal(value: Any) -> Any:
    """
    A configuration in which no text is an absolute path, or a URL with more than its address:

    * an absolute path, or one that begins with `~`, becomes the name of its file;
    * a URL loses user, password, query and fragment; one that begins with `file:`, or has no host
      (`sqlite:////home/ann/db`), is a path;
    * everything else, relative paths too, stays.

    Keys of one block that would become the same are numbered: `nl.vec`, `nl.vec-2`.

    # Parameters

    value : `Any`
        What JSON can hold.
    """
    if isinstance(value, dict):
        names = _names(value)
        return {names[key]: impersonal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [impersonal(item) for item in value]
    return _impersonal_text(value) if isinstance(value, str) else value


def _names(keys: Iterable[Any]) -> Dict[Any, Any]:
    names = {key: impersonal(key) for key in keys}
    taken = {key for key, name in names.items() if name == key}  # they stay
    for key, name in names.items():
        if name != key:
            number = 1
            while names[key] in taken:
                number += 1
                names[key] = f"{name}-{number}"
            taken.add(names[key])
    return names


def _impersonal_text(text: str) -> str:
    inside = _INSIDE.fullmatch(text)
    if inside:
        return f"({_impersonal_text(inside['archive'])})#{inside['member']}"
    if _ABSOLUTE.fullmatch(text):
        return os.path.basename(text.rstrip("/"))
    return _URL_OR_PATH.sub(_address_or_name, text)


def _address_or_name(found: Match[str]) -> str:
    if found["scheme"] is None:
        return os.path.basename(found[0])
    if found["host"] and found["scheme"].lower() != "file":
        return f"{found['scheme']}://{found['host']}{found['path']}"
    return os.path.basename(found["path"].rstrip("/")) or f"{found['scheme']}:///"
