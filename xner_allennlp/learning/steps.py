"""One step: a call of `allennlp` in a process of its own, and how far it is."""

import glob
import json
import math
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence

from xner_allennlp.commands.map_embeddings import CHECKPOINT_NAME, FAILED_STATUS, MAPPING_NAME
from xner_allennlp.common import whole_text_file
from xner_allennlp.common.log_end import last_lines

# Between two looks at how far a step is, and what it gets to end after an interruption.
_SECONDS = 0.5
_LAST_SECONDS = 120


# `allennlp` of a folder that knows this plugin, wherever it is started.
_ALLENNLP = "import xner_allennlp.plugin, allennlp.commands as c; c.main('allennlp')"


class StepFailed(Exception):
    """A step has ended with an error; the message says which, why, and where its log is."""


class AllennlpRunner:
    """
    Runs `allennlp` commands, one after the other.

    # Parameters

    folder : `str`
        For the configs, the logs and the steps' own folders.
    lock : `int`
        A file descriptor that every process holds, so that the folder stays locked while one that
        has outlived this process is at work.
    progress : `Callable[[float], None]`
        Is told how much of a step is done, in [0, 1].
    """

    def __init__(self, folder: str, lock: int, progress: Callable[[float], None]) -> None:
        self._folder = folder
        self._lock = lock
        self._progress = progress

    def map_embeddings(self, name: str, config: Dict[str, Any]) -> Dict[str, Any]:
        """Learns a mapping; its `metrics.json`, also of one that has failed."""
        folder = os.path.join(self._folder, name)
        is_begun = os.path.isdir(os.path.join(folder, CHECKPOINT_NAME))
        if is_begun or not os.path.exists(os.path.join(folder, MAPPING_NAME)):
            command = ["map-embeddings", *self._arguments(name, config)]
            # No file says how long it takes, so half of it is done until it is done.
            self._run(name, command, lambda: 0.5, (0, FAILED_STATUS))
        return read_metrics(folder)

    def train(self, name: str, config: Dict[str, Any], sentences: int) -> Dict[str, Any]:
        """Trains a system on this number of source sentences; its `metrics.json`."""
        folder = os.path.join(self._folder, name)
        loader = config["data_loader"]
        batches = math.ceil(sentences / loader["batch_size"])
        passes = config["trainer"]["callbacks"]["source_passes"]["num_passes"]
        epochs = math.ceil(passes * batches / (loader["batches_per_epoch"] or batches))

        def progress() -> float:
            return len(glob.glob(os.path.join(glob.escape(folder), "metrics_epoch_*"))) / epochs

        command = ["train", *self._arguments(name, config), "--include-package", "xner_allennlp"]
        self._run(name, command, progress)
        return read_metrics(folder)

    def _arguments(self, name: str, config: Dict[str, Any]) -> List[str]:
        """
        The step's config, which is written, and its folder. What was interrupted goes on; it begins
        again if it has nothing yet, or its config was another one: it names files, which are
        elsewhere once the folder was moved.
        """
        path = os.path.join(self._folder, "configs", f"{name}.json")
        folder = os.path.join(self._folder, name)
        text = json.dumps(config, indent=2) + "\n"
        is_same = os.path.isfile(path) and Path(path).read_text(encoding="utf-8") == text
        if is_same and os.path.exists(os.path.join(folder, "config.json")):
            return [path, "-s", folder, "--recover"]
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with whole_text_file(path) as stream:
            stream.write(text)
        return [path, "-s", folder]

    def _run(
        self,
        name: str,
        command: List[str],
        progress: Callable[[], float],
        allowed: Sequence[int] = (0,),
    ) -> None:
        log = os.path.join(self._folder, "logs", f"{name}.log")
        os.makedirs(os.path.dirname(log), exist_ok=True)
        # Behind what it said before it was interrupted.
        with open(log, "ab") as stream:
            begin = stream.tell()
            stream.write(f"allennlp {shlex.join(command)}\n".encode())
            stream.flush()
            process = subprocess.Popen(
                [sys.executable, "-c", _ALLENNLP, *command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                pass_fds=[self._lock],
            )
            try:
                status = None
                while status is None:
                    self._progress(min(1.0, progress()))
                    with suppress(subprocess.TimeoutExpired):
                        status = process.wait(_SECONDS)
            finally:
                _end(process)
        if status not in allowed:
            raise StepFailed(f"{name} has failed: {_last_line(log, begin)} (the whole log: {log})")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_line(log: str, begin: int) -> str:
    """Of what a log has behind the command at the byte `begin`."""
    with open(log, "rb") as stream:
        stream.seek(begin)
        said = stream.read().decode("utf-8", "replace").partition("\n")[2]
    return "".join(last_lines(said, 1)).strip() or "it left no message"


def read_metrics(folder: str) -> Dict[str, Any]:
    """`metrics.json` of a run."""
    with open(os.path.join(folder, "metrics.json"), encoding="utf-8") as stream:
        content: Dict[str, Any] = json.load(stream)
    return content
