"""The notebook of docs/ runs to its end, as a script in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_runs import ROOT

NOTEBOOK = ROOT / "docs" / "from_vectors_to_tagged_text.ipynb"


def test_the_notebook_is_one() -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    # Nothing of somebody's machine is committed with it.
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_the_notebook_runs(tmp_path: Path) -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    environment = {key: text for key, text in os.environ.items() if key[:5] != "XNER_"}
    environment.update(OMP_NUM_THREADS="1", TMPDIR=str(tmp_path), PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(sources)],
        cwd=NOTEBOOK.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "on target sentences" in done.stdout and "LOC" in done.stdout
