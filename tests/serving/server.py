"""`xner-tagger serve`, in a process of its own as a user starts it."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional, Tuple

from tests.tiny_runs import ROOT

MAIN = "import sys; from xner_allennlp.console.tagger import main; sys.exit(main(sys.argv[1:]))"


@contextmanager
def served(
    *arguments: str, path: Optional[Path] = None
) -> Iterator[Tuple[str, "subprocess.Popen[str]"]]:
    """
    The address of a server with these arguments, on a port that is free, and its process. Modules
    in the folder `path` come before all others.
    """
    folders = [str(path)] if path is not None else []
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", MAIN, "serve", *arguments, "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*folders, str(ROOT)])},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.search(r"http://\S+/", line)
        assert address is not None, line
        yield address[0], server
    finally:
        server.terminate()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
