"""What `run.py` leaves where it is interrupted, with what it starts replaced."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.experiments.step_test import EXPERIMENTS, script


def test_the_config_is_there_as_a_whole_or_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = script("run")
    monkeypatch.chdir(EXPERIMENTS.parent)  # where it goes itself
    monkeypatch.setattr(sys, "argv", ["run.py", "fixtures", "--output", str(tmp_path)])
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    assert run.main() == 0
    before = (tmp_path / "config.json").read_text(encoding="utf-8")

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--seeds", "7"])
    with pytest.raises(KeyboardInterrupt):
        run.main()
    assert (tmp_path / "config.json").read_text(encoding="utf-8") == before
    assert sorted(os.listdir(tmp_path)) == [".lock", "config.json"]
