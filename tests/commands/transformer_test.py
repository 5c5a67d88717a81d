"""A tagger with a pretrained encoder, through the commands of a user."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.no_network_test import NO_NETWORK
from tests.tiny_runs import ROOT, callback, tiny_config

PROGRAM = (
    NO_NETWORK
    + """
import shutil
from allennlp.commands import main as allennlp

folder = sys.argv[1]
plugin = ["--include-package", "xner_allennlp"]
archive = folder + "/model.tar.gz"
predict = ["predict", archive, folder + "/input.txt", "--output-file"]

def run(*command):
    sys.argv = ["allennlp", *command, *plugin]
    allennlp()

run("train", folder + "/config.json", "-s", folder + "/run")
run("evaluate-selections", folder + "/run")
shutil.copy(folder + "/run/model.tar.gz", archive)
run(*predict, folder + "/before.txt")
run("evaluate", archive, folder + "/target.testb", "--output-file", folder + "/evaluated.json")
from allennlp.common import cached_transformers
cached_transformers._clear_caches()
shutil.rmtree(folder + "/encoder")
shutil.copytree(folder + "/run/evaluation", folder + "/evaluation")
shutil.rmtree(folder + "/run")
shutil.rmtree(folder + "/encoder_states", ignore_errors=True)
run(*predict, folder + "/after.txt")
print("DONE")
"""
)


@pytest.mark.parametrize("system", ["transformer", "transformer_augmented", "transformer_frozen"])
def test_the_archive_needs_neither_the_encoder_nor_a_network(system: str, tmp_path: Path) -> None:
    config = tiny_config(system, tmp_path)
    encoder = tmp_path / "encoder"
    shutil.copytree(ROOT / "fixtures" / "toy" / "encoder", encoder)
    config["vocabulary"]["encoder"] = str(encoder)
    config["model"]["word_embedders"]["both"]["pretrained_file"] = str(encoder)
    callback(config, "source_passes")["num_passes"] = 6
    if system == "transformer_augmented":
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=4)
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    words = " ".join(f"Word{number}" for number in range(100))
    (tmp_path / "input.txt").write_text(f"a b c\n\x01 Kolotek\n{words}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stdout and "NETWORK" not in done.stdout
    before, after = ((tmp_path / f"{name}.txt").read_text("utf-8") for name in ("before", "after"))
    assert before == after
    assert [len(json.loads(line)["tags"]) for line in after.splitlines()] == [3, 2, 100]
    metrics = json.loads((tmp_path / "evaluated.json").read_text("utf-8"))
    assert 0 <= metrics["target_f1"] <= 1
    selections = {path.name: path for path in (tmp_path / "evaluation").iterdir()}
    assert {"source_dev", "target_dev"} <= selections.keys()
    chosen = json.loads((selections["source_dev"] / "metrics.json").read_text("utf-8"))
    assert chosen["sets"]["target_test"]["f1"] == pytest.approx(metrics["target_f1"])
