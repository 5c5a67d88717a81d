"""Which Python `make environment` takes; the interpreters here are scripts that name themselves."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tiny_runs import ROOT

SCRIPT = ROOT / "requirements" / "create_environment.sh"
VERSIONS = "3.13 3.12 3.11"
# Answers whether it is of a wanted version, and writes its name where an environment is asked for.
INTERPRETER = """#!/bin/sh
case "$1" in
-c) case "$2" in *{version}*) exit 0 ;; esac; exit 1 ;;
-m) echo {name} >"$CHOSEN" ;;
esac
"""
# What pyenv puts on the PATH for a version that is installed but not selected.
SHIM = "#!/bin/sh\nexit 127\n"
PYENV = """#!/bin/sh
if [ "$1" = root ]; then echo {root}; else ls {root}/versions; fi
"""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize(
    "on_path, shims, in_pyenv, arguments, taken",
    [
        (["3.11", "3.12", "3.13"], [], [], [VERSIONS], "path 3.13"),
        (["3.11", "3.12"], [], [], [VERSIONS], "path 3.12"),
        (["3.11"], ["3.12", "3.13"], ["3.12", "3.13"], [VERSIONS], "path 3.11"),
        (["3.10"], ["3.12", "3.13"], ["3.12", "3.13"], [VERSIONS], "pyenv 3.13"),
        (["3.11"], ["3.12"], ["3.12"], ["3.12"], "pyenv 3.12"),
        (["3.11", "3.13"], [], [], [VERSIONS, "python3.11"], "path 3.11"),
        (["3.11"], ["3.13"], [], [VERSIONS, "python3.13"], None),
        (["3.10"], ["3.13"], [], [VERSIONS], None),
    ],
)
def test_the_newest_that_works_is_taken(on_path, shims, in_pyenv, arguments, taken, tmp_path):
    bin_, pyenv, chosen = tmp_path / "bin", tmp_path / "pyenv", tmp_path / "chosen"
    for version in on_path:
        text = INTERPRETER.format(version=version, name=f"path {version}")
        executable(bin_ / f"python{version}", text)
    for version in shims:
        executable(bin_ / f"python{version}", SHIM)
    for version in in_pyenv:
        text = INTERPRETER.format(version=version, name=f"pyenv {version}")
        executable(pyenv / "versions" / f"{version}.1" / "bin" / "python", text)
    executable(bin_ / "pyenv", PYENV.format(root=pyenv))
    for tool in ("ls", "mkdir"):
        (bin_ / tool).symlink_to(shutil.which(tool))

    done = subprocess.run(
        ["/bin/sh", str(SCRIPT), str(tmp_path / "environment"), *arguments],
        env={"PATH": str(bin_), "CHOSEN": str(chosen)},
        capture_output=True,
        text=True,
    )
    assert (chosen.read_text().strip() if chosen.exists() else None) == taken
    assert done.returncode == (taken is None)
    assert ("nothing was installed" in done.stderr) == (taken is None)
