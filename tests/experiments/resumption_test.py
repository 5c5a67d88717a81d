"""What the pipeline does again and what not; its programs are replaced by some that do nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, List

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PRESET = {
    "preset": "fixtures",
    "note": "it's nothing",
    "needs_data": False,
    "pairs": ["en_nl"],
    "seeds": [1, 2],
    "mapping_seed": 1,
    "base_systems": ["cross_word", "cross_shared"],
    "systems": ["source_mono", "cross_augmented"],
    "score_pseudo_labels": False,
    "mapping_overrides": {},
    "training_overrides": {},
    "cuda_device": -1,
}
# Notes how it was called; fails where its run's folder has the word in `fails`, waits where `slow`.
ALLENNLP = """#!{python}
import json, os, sys, time
from pathlib import Path
state = Path({state!r})
name, what, *options = sys.argv[1:]
folder = Path(options[options.index("-s") + 1] if "-s" in options else what)
said = name, folder.parent.name + "/" + folder.name, "--recover" in options
with open(state / "calls", "a") as file:
    file.write(json.dumps(said) + "\\n")
folder.mkdir(parents=True, exist_ok=True)
if name != "evaluate-selections":
    archive = os.environ.get("XNER_SOURCE_ARCHIVE", "")
    config = {{"model": {{"pretrained_file": archive}}}}
    (folder / "config.json").write_text(json.dumps(config))
if (state / "slow").exists() and (state / "slow").read_text() in str(folder):
    time.sleep(60)
if (state / "fails").exists() and (state / "fails").read_text() in str(folder):
    sys.exit("no luck")
if name != "evaluate-selections":
    score = json.loads((state / "scores").read_text()).get(folder.parent.name)
    (folder / "metrics.json").write_text(json.dumps({{"best_validation_source_f1": score}}))
    for file in ("model.tar.gz", "mapping.npz"):
        (folder / file).write_text("")
"""
XNER_DATA = """#!{python}
import sys
open(sys.argv[sys.argv.index("-o") + 1], "w").close()
"""


class Pipeline:
    """Runs the pipeline; its results are in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.root = folder / "the results"
        self.state.mkdir()
        self.scores(cross_word=0.4, cross_shared=0.5)
        (folder / "preset.yaml").write_text(yaml.safe_dump(PRESET))
        # A virtual environment like this one, but for its programs.
        bin_ = folder / "environment" / "bin"
        bin_.mkdir(parents=True)
        self.python = bin_ / "python"
        self.python.symlink_to(os.path.realpath(sys.executable))
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", bin_.parent)
        (bin_.parent / "lib").symlink_to(Path(sys.prefix) / "lib")
        for name, text in (("allennlp", ALLENNLP), ("xner-data", XNER_DATA)):
            (bin_ / name).write_text(text.format(python=self.python, state=str(self.state)))
            (bin_ / name).chmod(0o755)

    def scores(self, **scores: float) -> None:
        (self.state / "scores").write_text(json.dumps(scores))

    def start(self, *options: str) -> "subprocess.Popen[str]":
        (self.state / "calls").write_text("")
        preset = str(self.root.parent / "preset.yaml")
        command = [str(self.python), "experiments/run.py", preset, "--output", str(self.root)]
        return subprocess.Popen(
            [*command, "--jobs", "2", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options: str) -> int:
        process = self.start(*options)
        self.said = process.communicate()[0]
        return process.returncode

    @property
    def trained(self) -> List[Any]:
        """The runs that were trained and mappings that were made, and whether they went on."""
        lines = (self.state / "calls").read_text().splitlines()
        calls = [json.loads(line) for line in lines]
        return sorted([run, on] for name, run, on in calls if name != "evaluate-selections")


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    pytest.importorskip("snakemake")
    if not (Path(sys.prefix) / "pyvenv.cfg").exists():
        pytest.skip("needs a virtual environment, to make one like it")
    return Pipeline(tmp_path)


def test_what_failed_is_tried_again_and_nothing_else(pipeline: Pipeline) -> None:
    (pipeline.state / "fails").write_text("mapping/en_nl")
    assert pipeline.run("--seeds", "1") == 1
    assert pipeline.trained == [["mapping/en_nl", False], ["source_mono/seed_1", False]]
    assert (pipeline.root / "report" / "report.md").exists()

    (pipeline.state / "fails").write_text("cross_word/seed_1")
    assert pipeline.run("--seeds", "1") == 1
    assert pipeline.trained == [
        ["cross_augmented/seed_1", False],
        ["cross_shared/seed_1", False],
        ["cross_word/seed_1", False],
        ["mapping/en_nl", True],
    ]
    assert "failed: " in pipeline.said and "cross_word/seed_1" in pipeline.said

    # Now the other base is better, so what started from the first one is of no use.
    (pipeline.state / "fails").unlink()
    pipeline.scores(cross_word=0.6)
    assert pipeline.run("--seeds", "1") == 0, pipeline.said
    assert pipeline.trained == [["cross_augmented/seed_1", False], ["cross_word/seed_1", True]]
    assert pipeline.run("--seeds", "1") == 0
    assert pipeline.trained == []


def test_goes_on_after_it_was_killed(pipeline: Pipeline) -> None:
    (pipeline.state / "slow").write_text("cross_shared")
    process = pipeline.start("--seeds", "1")
    while ["cross_shared/seed_1", False] not in pipeline.trained:
        assert process.poll() is None
        time.sleep(0.1)
    assert (
        "another process is at work"
        in subprocess.run(process.args, cwd=ROOT, stderr=subprocess.PIPE, text=True).stderr
    )
    # With Snakemake and all that it has started.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (pipeline.state / "slow").unlink()
    assert pipeline.run("--seeds", "1") == 0, pipeline.said
    assert ["cross_shared/seed_1", True] in pipeline.trained


def test_fewer_seeds_do_not_choose_another_base(pipeline: Pipeline) -> None:
    assert pipeline.run() == 0, pipeline.said
    choice = (pipeline.root / "best_base" / "en_nl.json").read_text()
    assert pipeline.run("--seeds", "1") == 0
    assert pipeline.trained == []
    assert (pipeline.root / "best_base" / "en_nl.json").read_text() == choice


def test_more_seeds_do_not_train_the_first_ones_again(pipeline: Pipeline) -> None:
    assert pipeline.run("--seeds", "1") == 0, pipeline.said
    run = pipeline.root / "systems/en_nl/cross_augmented/seed_1"
    before = json.loads((run / "status.json").read_text())
    assert pipeline.run() == 0, pipeline.said
    assert ["cross_augmented/seed_2", False] in pipeline.trained
    assert not any("seed_1" in name for name, _ in pipeline.trained)
    assert json.loads((run / "status.json").read_text()) == before


def test_other_settings_in_the_same_folder_are_refused(pipeline: Pipeline) -> None:
    assert pipeline.run("--seeds", "1") == 0, pipeline.said
    preset = pipeline.root.parent / "preset.yaml"
    changes = {"training_overrides": {"trainer.grad_norm": 1.0}, "mapping_seed": 2}
    preset.write_text(yaml.safe_dump({**PRESET, **changes}))
    assert pipeline.run("--seeds", "1") == 1
    assert "other settings (mapping_seed, training_overrides, " in pipeline.said
    assert pipeline.trained == []
    more = {"systems": ["source_mono"], "note": "another", "seeds": [1, 2, 3]}
    preset.write_text(yaml.safe_dump({**PRESET, **more}))
    assert pipeline.run("--seeds", "1") == 0, pipeline.said
