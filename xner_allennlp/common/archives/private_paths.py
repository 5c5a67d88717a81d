"""
Takes out of a config the paths, user names and passwords of the machine it was written on, and
tells which of the paths a loaded model may miss.
"""

import os
import re
from typing import Any, Dict, Iterable, Iterator, Match, Tuple

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

# The blocks of a config that are built when its archive is loaded.
_LOADED = ("model", "dataset_reader", "validation_dataset_reader")
# AllenNLP drops these keys of a model when it loads an archive, but not those in lists.
_DROPPED = ("pretrained_file", "initializer")
# By a block's `type`, keys that are read in training only: without `pretrained_file` ...
_UNREAD_IN_MODELS = {"mapped_embedding": ("mapping_file",)}
# ... and when source sentences are read.
_UNREAD_IN_READERS = {
    "translated_conll_ner": ("mapping_file", "source_vectors", "target_vectors"),
}


def without_private_paths(value: Any) -> Any:
    """
    The config in which no text is an absolute path, or a URL with more than its address:

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
        return {names[key]: without_private_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_private_paths(item) for item in value]
    return _text_without_paths(value) if isinstance(value, str) else value


def _names(keys: Iterable[Any]) -> Dict[Any, Any]:
    names = {key: without_private_paths(key) for key in keys}
    taken = {key for key, name in names.items() if name == key}  # they stay
    for key, name in names.items():
        if name != key:
            number = 1
            while names[key] in taken:
                number += 1
                names[key] = f"{name}-{number}"
            taken.add(names[key])
    return names


def _text_without_paths(text: str) -> str:
    inside = _INSIDE.fullmatch(text)
    if inside:
        return f"({_text_without_paths(inside['archive'])})#{inside['member']}"
    if _ABSOLUTE.fullmatch(text):
        return os.path.basename(text.rstrip("/"))
    return _URL_OR_PATH.sub(_address_or_name, text)


def _address_or_name(found: Match[str]) -> str:
    if found["scheme"] is None:
        return os.path.basename(found[0])
    if found["host"] and found["scheme"].lower() != "file":
        return f"{found['scheme']}://{found['host']}{found['path']}"
    return os.path.basename(found["path"].rstrip("/")) or f"{found['scheme']}:///"


def lost_paths(config: Dict[str, Any]) -> Iterator[str]:
    """
    The dotted keys, as `--overrides` has them, whose values
    [`without_private_paths`](#without_private_paths) changes and which may be read when the archive
    is loaded. The paths of data and vectors are left out: they are read in training only.

    # Parameters

    config : `Dict[str, Any]`
        A run's config, with its paths.
    """
    for block in _LOADED:
        yield from _lost(config.get(block), block, block == "model")


def _lost(value: Any, key: str, drops: bool) -> Iterator[str]:
    """`drops`: whether AllenNLP drops the keys of `_DROPPED` from this block."""
    if isinstance(value, dict):
        if any(without_private_paths(name) != name for name in value):
            yield key
        unread = _unread(value, drops)
        for name, item in value.items():
            if name not in unread:
                yield from _lost(item, f"{key}.{name}", drops)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _lost(item, f"{key}.{number}", False)
    elif without_private_paths(value) != value:
        yield key


def _unread(block: Dict[str, Any], drops: bool) -> Tuple[str, ...]:
    kind = str(block.get("type"))
    unread = _UNREAD_IN_READERS.get(kind, ())
    return (*unread, *_DROPPED, *_UNREAD_IN_MODELS.get(kind, ())) if drops else unread
