"""Runs `pretended_device_checks.py`."""

import subprocess
import sys

import pytest

from tests.tiny_runs import ROOT

CHECKS = ROOT / "tests" / "models" / "pretended_device_checks.py"


def test_what_a_gpu_would_be_asked_for() -> None:
    pytest.importorskip(
        "tests.pretended_device",
        reason="this torch knows no devices that are written in Python",
        exc_type=ImportError,
    )
    # A process of its own: PyTorch must know of a device before its first backward pass.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CHECKS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout and " skipped" not in done.stdout
