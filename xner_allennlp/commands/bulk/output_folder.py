"""The folder that the parts are written to, with the manifest that lets a run be resumed."""

import json
import os
from contextlib import ExitStack
from typing import Any, Callable, Dict, Iterable, List

from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.bulk.corpus import Part
from xner_allennlp.common import is_unfinished, remove_unfinished, whole_text_file
from xner_allennlp.common.folder_lock import folder_lock

MANIFEST_NAME = "manifest.json"
_VERSION = 1


class OutputFolder:
    """
    A folder with a file for each part of the corpus and `manifest.json`, which holds the request
    and where each part begins. A part's file exists only when it is complete. Use it in a `with`
    statement, which locks the folder against a second run.

    # Parameters

    path : `str`
        Made if it does not exist. A folder with other content is refused.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.parts: List[Part] = []
        self.names: List[str] = []
        self._lock = ExitStack()

    def __enter__(self) -> "OutputFolder":
        if os.path.exists(self.path) and not os.path.isdir(self.path):
            raise ConfigurationError(f"{self.path} is a file; choose another output folder")
        foreign = [name for name in self._list() if not is_unfinished(name)]
        if foreign and MANIFEST_NAME not in foreign:
            raise ConfigurationError(
                f"the output folder {self.path} is not empty and has no {MANIFEST_NAME}, so what "
                "is in it was not written by tag-corpus; choose another folder"
            )
        os.makedirs(self.path, exist_ok=True)
        taken = f"another tag-corpus is writing to {self.path}; wait for it, or end it"
        self._lock.enter_context(folder_lock(self.path, taken))
        remove_unfinished(self.path)  # of a run that was killed
        return self

    def __exit__(self, *error: object) -> None:
        remove_unfinished(self.path)  # of workers that were ended
        self._lock.close()

    def begin(
        self, request: Dict[str, Any], extension: str, divide: Callable[[], List[Part]]
    ) -> None:
        """
        Sets `parts` and their file `names`, from the manifest, or from `divide` if there is no
        manifest yet. Raises `ConfigurationError` if the folder was begun with another request.
        """
        manifest_file = os.path.join(self.path, MANIFEST_NAME)
        if os.path.exists(manifest_file):
            self.parts = self._read_manifest(manifest_file, request)
        else:
            self.parts = divide()
            with whole_text_file(manifest_file) as stream:
                stream.writelines(_manifest_lines(request, self.parts))
        # As many digits as the last number has, so that names sort as numbers do.
        digits = max(5, len(str(len(self.parts) - 1)))
        self.names = [f"part-{number:0{digits}d}.{extension}" for number in range(len(self.parts))]

    def missing(self) -> List[int]:
        """The numbers of the parts that have no file yet."""
        there = set(self._list())
        return [number for number, name in enumerate(self.names) if name not in there]

    def file_of(self, number: int) -> str:
        return os.path.join(self.path, self.names[number])

    def _list(self) -> List[str]:
        return os.listdir(self.path) if os.path.isdir(self.path) else []

    def _read_manifest(self, path: str, request: Dict[str, Any]) -> List[Part]:
        try:
            with open(path, encoding="utf-8") as stream:
                manifest = json.load(stream)
            version, earlier = manifest["version"], manifest["request"]
            parts = [Part(*numbers) for numbers in manifest["parts"]]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} is not a manifest of tag-corpus ({error}); choose another output folder"
            ) from None
        if version != _VERSION:
            raise ConfigurationError(
                f"{path} was written by another version of tag-corpus; choose another output folder"
            )
        names = [name for name in {**earlier, **request} if earlier.get(name) != request.get(name)]
        if names:
            differences = "; ".join(
                f"{name} was {json.dumps(earlier.get(name))}, now {json.dumps(request.get(name))}"
                for name in names
            )
            raise ConfigurationError(
                f"the output folder {self.path} was begun with something else ({differences}); "
                "choose another folder, or give the same again to go on"
            )
        return parts


def _manifest_lines(request: Dict[str, Any], parts: List[Part]) -> Iterable[str]:
    """JSON with one line for each part, which `json.dumps` cannot write."""
    yield f'{{\n"version": {_VERSION},\n"request": {json.dumps(request, indent=2)},\n'
    yield f'"columns of parts": {json.dumps(Part._fields)},\n"parts": ['
    for number, part in enumerate(parts):
        yield ("," if number else "") + "\n" + json.dumps(part)
    yield "\n]\n}\n"
