"""A worker, which loads the archive once, then tags one part after the other."""

import os
import uuid
from typing import Any, BinaryIO, Dict, Iterator, List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import import_module_and_submodules, lazy_groups_of
from allennlp.predictors import Predictor

from xner_allennlp.common import unfinished_writes, whole_text_file
from xner_allennlp.common.text_file import open_decompressed
from xner_allennlp.models.trained_tagger import load_archive

# An engine replaces workers that die, because machines may be taken away. But a part on which every
# worker dies must not be tried for ever.
_ATTEMPTS = 3


class PartTagger:
    """
    Tags parts of a corpus and writes each to a file. It does not depend on the engine.

    # Parameters

    archive_file : `str`
    language, output_format : `str`
        See the predictor `ner_tagger`.
    batch_size : `int`
        Each part begins with a new batch, so that the result does not depend on which worker tags
        which part.
    weights_file : `str`, optional (default = `None`)
    overrides : `str`, optional (default = `""`)
    cuda_device : `int`, optional (default = `-1`)
    threads : `int`, optional (default = `1`)
        How many of PyTorch's threads a worker has.
    include_package : `Sequence[str]`, optional (default = `()`)
        Imported before the archive is loaded.
    """

    def __init__(
        self,
        archive_file: str,
        language: str,
        output_format: str,
        batch_size: int,
        weights_file: Optional[str] = None,
        overrides: str = "",
        cuda_device: int = -1,
        threads: int = 1,
        include_package: Sequence[str] = (),
    ) -> None:
        torch.set_num_threads(threads)
        for package in include_package:
            import_module_and_submodules(package)
        archive = load_archive(
            archive_file, weights_file=weights_file, cuda_device=cuda_device, overrides=overrides
        )
        self._predictor = Predictor.from_archive(
            archive,
            "ner_tagger",
            extra_args={"language": language, "output_format": output_format},
        )
        self._batch_size = batch_size
        self._name = uuid.uuid4().hex
        self._path: Optional[str] = None
        self._stream: Optional[BinaryIO] = None

    def __call__(self, task: Dict[str, Any]) -> Dict[str, Any]:
        """
        Tags one part.

        # Parameters

        task : `Dict[str, Any]`
            `path`, `path_size` and `path_mtime_ns` of the input file, `first_line`, `lines`,
            `offset` and `size` of the part in it, `output`, the file to write, and `number`.

        # Returns

        `Dict[str, Any]`
            `number` and `lines` of the part; `worker`, a name that no two loaded models share.
        """
        if unfinished_writes(task["output"]) >= _ATTEMPTS:
            raise RuntimeError(
                f"{task['path']}, {task['lines']} lines from line {task['first_line']}: "
                f"{_ATTEMPTS} workers died over them; if memory was short, try fewer workers"
            )
        with whole_text_file(task["output"]) as stream:
            stream.writelines(self._tag(task, self._read(task)))
        return {"number": task["number"], "lines": task["lines"], "worker": self._name}

    def _tag(self, task: Dict[str, Any], lines: List[str]) -> Iterator[str]:
        number = task["first_line"]
        for batch in lazy_groups_of(lines, self._batch_size):
            try:
                inputs = [self._predictor.load_line(line) for line in batch]
                outputs = self._predictor.predict_batch_json(inputs)
            except ConfigurationError as error:
                raise ConfigurationError(
                    f"{task['path']}, lines {number} to {number + len(batch) - 1}: {error.message}"
                ) from None
            for output in outputs:
                yield self._predictor.dump_line(output)
            number += len(batch)

    def _read(self, task: Dict[str, Any]) -> List[str]:
        path = task["path"]
        if path != self._path:
            if self._stream is not None:
                self._stream.close()
            self._path, self._stream = path, open_decompressed(path)
        assert self._stream is not None
        # The file stays open. Parts come in order, so each worker decompresses a file only once.
        self._stream.seek(task["offset"])
        lines = self._stream.read(task["size"]).decode("utf-8").split("\n")
        if lines[-1] == "":  # after the last line feed
            lines.pop()
        state = os.stat(path)
        now = (state.st_size, state.st_mtime_ns, len(lines))
        if now != (task["path_size"], task["path_mtime_ns"], task["lines"]):
            raise ConfigurationError(
                f"{path} was changed after it was divided into parts; tag it into a new folder"
            )
        return lines
