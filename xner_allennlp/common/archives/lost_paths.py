"""Tells which paths of a configuration the parts of its model will miss in the archive."""

from typing import Any, Dict, Iterator, Tuple

from xner_allennlp.common.archives.impersonal_config import impersonal

# What of a configuration is made when its archive is loaded.
_LOADED = ("model", "dataset_reader", "validation_dataset_reader")
# AllenNLP drops these keys of a model when it loads an archive, but not those in lists.
_DROPPED = ("pretrained_file", "initializer")
# By a block's `type`, keys that are read in training only: without `pretrained_file` ...
_UNREAD_IN_MODELS = {"mapped_embedding": ("mapping_file",)}
# ... and when source sentences are read.
_UNREAD_IN_READERS = {
    "translated_conll_ner": ("mapping_file", "source_vectors", "target_vectors"),
}


def lost_paths(config: Dict[str, Any]) -> Iterator[str]:
    """
    The dotted keys, as `--overrides` has them, whose values
    [`impersonal`](./impersonal_config.md#impersonal) changes and which may be read when the archive
    is loaded. Paths of data and vectors, which are not, are left out.

    # Parameters

    config : `Dict[str, Any]`
        A run's configuration, with its paths.
    """
    for block in _LOADED:
        yield from _lost(config.get(block), block, block == "model")


def _lost(value: Any, key: str, drops: bool) -> Iterator[str]:
    """`drops`: whether AllenNLP drops keys here."""
    if isinstance(value, dict):
        if any(impersonal(name) != name for name in value):
            yield key
        unread = _unread(value, drops)
        for name, item in value.items():
            if name not in unread:
                yield from _lost(item, f"{key}.{name}", drops)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _lost(item, f"{key}.{number}", False)
    elif impersonal(value) != value:
        yield key


def _unread(block: Dict[str, Any], drops: bool) -> Tuple[str, ...]:
    kind = str(block.get("type"))
    unread = _UNREAD_IN_READERS.get(kind, ())
    return (*unread, *_DROPPED, *_UNREAD_IN_MODELS.get(kind, ())) if drops else unread
