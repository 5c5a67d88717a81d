"""
A command line of this project in a process of its own, that may be killed at a file operation.

The process is forked from this one, which has imported everything: importing takes longer than the
runs do, and dozens of them are killed. From there on it is what the user's command does.
"""

import atexit
import logging
import os
import re
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Tuple

import torch
from allennlp.__main__ import run as run_allennlp
from tqdm import tqdm

from xner_allennlp.console.map import main as run_xner_map

ROOT = Path(__file__).resolve().parents[2]
# Of these events of Python the path that changes: of a renaming or a link the new one.
_PLACE_OF_PATH = {"os.rename": 1, "os.link": 1, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0}


class Aim(NamedTuple):
    """
    At the `count`-th file operation in which `operation` is found, a regular expression as
    `rename .*/best.th`, the process gets the signal `delay` seconds later.
    """

    operation: str
    count: int
    signal: str
    delay: float


class Process:
    """
    # Parameters

    command : `List[str]`
        `allennlp` or `xner-map`, with arguments.
    log : `Path`
        Gets what the command says.
    aim : `Aim`, optional
    largest_file : `int`, optional
        No file may become larger, as on a disk that is full.
    """

    def __init__(
        self,
        command: List[str],
        log: Path,
        aim: Optional[Aim] = None,
        largest_file: Optional[int] = None,
    ) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        log.write_bytes(b"")
        self._pid = os.fork()
        self.returncode: Optional[int] = None
        if self._pid == 0:
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
            _run(command, log, aim)

    def is_running(self) -> bool:
        if self.returncode is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode is None

    def wait(self, seconds: float) -> int:
        """The exit status; a process that does not end in time is killed."""
        end = time.time() + seconds
        while self.is_running():
            if time.time() > end:
                self.send("SIGKILL")
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send(self, name: str) -> None:
        if self.is_running():
            os.kill(self._pid, signal.Signals[name])


def _run(command: List[str], log: Path, aim: Optional[Aim]) -> None:
    """In the new process; never comes back."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        atexit._clear()  # Of the process that it was forked from: they wait for its threads.
        signal.alarm(600)  # Whoever waits for it waits no longer.
        # The default lock is shared with all processes: one that is killed would keep it for ever.
        tqdm.set_lock(threading.RLock())
        for logger in (logging.root, *logging.root.manager.loggerDict.values()):
            if isinstance(logger, logging.Logger):
                logger.handlers.clear()  # They write to files of the process it was forked from.
        torch.set_num_threads(1)  # Equal bits need an equal number.
        with open(log, "ab") as stream, open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        # Where these were replaced, as by pytest.
        sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)
        os.chdir(ROOT)
        sys.argv = command
        if aim is not None:
            _kill_at(aim)
        program = {"allennlp": run_allennlp, "xner-map": run_xner_map}[command[0]]
        status = int(program() or 0)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        logging.shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(status)


def _kill_at(aim: Aim) -> None:
    """Python tells of its file operations (audit events); nothing of what is run is changed."""
    pattern, left = re.compile(aim.operation), [aim.count]

    def hook(event: str, arguments: Tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if not set(mode or "") & set("wax+") and not flags & (os.O_WRONLY | os.O_RDWR):
                return
        elif event in _PLACE_OF_PATH:
            path = arguments[_PLACE_OF_PATH[event]]
        else:
            return
        if isinstance(path, int):
            return
        if pattern.search(f"{event.rpartition('.')[2]} {os.fsdecode(path)}"):
            left[0] -= 1
            if left[0] == 0:
                _kill(aim)

    sys.addaudithook(hook)


def _kill(aim: Aim) -> None:
    def kill() -> None:
        time.sleep(aim.delay)
        os.kill(os.getpid(), signal.Signals[aim.signal])

    if aim.delay == 0:
        kill()
    else:
        threading.Thread(target=kill, daemon=True).start()
