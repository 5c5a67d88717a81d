"""That the coverage-guided harness runs; `make fuzz-coverage` runs it for long."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_runs import ROOT

pytest.importorskip("atheris", reason="Atheris comes with the extra fuzz, from Python 3.11 on")


def test_it_runs_and_finds_new_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.coverage_guided", "text_vectors", str(tmp_path)]
    done = subprocess.run([*command, "-runs=2000", "-seed=1"], cwd=ROOT, timeout=300)
    assert done.returncode == 0
    assert len(list(tmp_path.iterdir())) > 1
