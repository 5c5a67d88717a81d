"""Archives load whatever part of the package was imported first, in a fresh process."""

import subprocess
import sys
from pathlib import Path

import pytest

ARCHIVE = Path(__file__).parents[1] / "portability" / "before_the_move" / "cross_shared.tar.gz"


@pytest.mark.parametrize(
    "first",
    [
        "xner_allennlp.common.strictness",
        "xner_allennlp.commands.evaluate_selections",
        "xner_allennlp.commands.bulk.part_tagger",
    ],
)
def test_an_archive_is_known_to_a_fresh_process(first: str) -> None:
    program = f"""
import {first}
from xner_allennlp.models.trained_tagger import load_archive
print(type(load_archive({str(ARCHIVE)!r}).model).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "CrossLingualCrfTagger"
