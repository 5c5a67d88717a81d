"""The settings, as the environment of a new process has them."""

import os
import subprocess
import sys
from typing import Dict

import pytest

from xner_allennlp import settings
from xner_allennlp.common.settings import DEFAULTS, unknown_settings

PRINT = "print(os.environ['XNER_SEED'])"


def test_a_setting_that_nobody_reads_is_warned_of() -> None:
    environment = {**os.environ, "XNER_PRESETS": "paper", "XNER_SEED": "7", "XNER_FOO": "1"}
    done = subprocess.run(
        # By its path: that does not import the package, which takes seconds.
        [sys.executable, "-c", f"import os, runpy; runpy.run_path({settings.__file__!r}); {PRINT}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "7\n"
    assert "XNER_PRESETS is no setting; is XNER_PRESET meant?" in done.stderr
    assert "XNER_FOO is no setting; known are XNER_BASE, " in done.stderr
    assert "XNER_SEED is" not in done.stderr


@pytest.mark.parametrize(
    "environment, count",
    [({}, 0), (DEFAULTS, 0), ({"XNERPRESET": "x"}, 0), ({"XNER_": "x", "XNER_seed": "1"}, 2)],
)
def test_unknown_settings(environment: Dict[str, str], count: int) -> None:
    assert len(list(unknown_settings(environment))) == count
