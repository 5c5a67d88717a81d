import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("argv", [["translate"], ["translate", "none.npz"]])
def test_usage_errors_are_one_line(run: Any, argv: Any) -> None:
    done = run(*argv)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("xner-map")


def test_interrupt(run: Any, world: Any, monkeypatch: Any) -> None:
    from xner_allennlp.console.map import translate

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(translate, "read_both", interrupt)
    done = run("translate", *world.files, "s50")
    assert done.status == 130
    assert done.err.splitlines()[-1] == "xner-map: error: interrupted"


def test_system_error(run: Any, world: Any, monkeypatch: Any) -> None:
    from xner_allennlp.console.map import apply

    def fill_disk(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(apply, "map_vector_file", fill_disk)
    done = run("apply", world.files[0], "source", world.source.path, world.folder / "out.vec")
    assert done.status == 1
    assert done.err.splitlines()[-1] == "xner-map: error: [Errno 28] No space left on device"


def test_process(world: Any) -> None:
    start = "import sys; from xner_allennlp.console.map import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start, "translate", "none.npz", *world.files[1:]],
        cwd=world.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("xner-map: error: none.npz: there is no mapping")
    assert "Traceback" not in done.stderr
