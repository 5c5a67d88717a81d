"""
A few of the kills of `make faults` (kill_and_resume.py): each command line killed at the moments at
which most can go wrong, and once at any time.
"""

import random

import pytest

from tests.faults.command_lines import CommandLine, learn, map_embeddings, train
from tests.faults.kill_and_resume import SIGNALS, Killer


def moments(line: CommandLine, *names: str) -> list:
    known = [moment[0] for moment in line.moments]
    return [(SIGNALS[place % 3], known.index(name)) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    "make, names",
    [
        (
            lambda folder: train(folder, passes=6),
            (
                "before config.json has its name",
                "in the middle of vocabulary/",
                "before the first checkpoint",
                "checkpoint there, best.th not",
                "before the training state has its name",
                "writing model.tar.gz",
            ),
        ),
        (
            lambda folder: map_embeddings(folder, words_per_epoch=3200),
            ("before the first state has its name", "writing the mapped vectors"),
        ),
        (learn, ("writing a state of the refinement",)),
    ],
    ids=["train", "map-embeddings", "xner-map learn"],
)
def test_a_killed_run_ends_as_if_nobody_had_killed_it(make, names, tmp_path):
    line = make(tmp_path)
    killer = Killer(line, tmp_path, random.Random(0))
    kills = moments(line, *names)
    done = killer.killed(killer.unkilled(), [*kills, ("SIGKILL", None)])
    # The last one may come too late.
    assert [kill.moment for kill in done][: len(kills)] == list(names)
