"""Another plugin works beside this package as it does without it."""

import json
import subprocess
import sys
from typing import Any, Dict

import pytest

from tests.tiny_runs import ROOT

# A plugin whose configs name a factory, and whose archives are to keep their paths.
PLUGIN = """
import torch
from allennlp.data import DatasetReader, Instance
from allennlp.data.fields import LabelField
from allennlp.models import Model


class Reader(DatasetReader):
    def _read(self, file_path):
        for line in open(file_path):
            yield Instance({"label": LabelField(line.strip())})


def make_reader(max_instances=None):
    return Reader(max_instances=max_instances)


@Model.register("foreign")
class Foreign(Model):
    def __init__(self, vocab, path: str) -> None:
        super().__init__(vocab)
        self.path = path
        self.scores = torch.nn.Parameter(torch.zeros(vocab.get_vocab_size("labels")))

    def forward(self, label):
        scores = self.scores.expand(len(label), -1)
        return {"loss": torch.nn.functional.cross_entropy(scores, label)}
"""

CONFIG = """{
    dataset_reader: {type: "foreign_plugin.make_reader", max_instances: 4},
    train_data_path: "FOLDER/labels.txt",
    model: {type: "foreign", path: "FOLDER/labels.txt"},
    data_loader: {batch_size: 2},
    trainer: {optimizer: "adam", num_epochs: 1, cuda_device: -1},
    include_in_archive: ["notes.txt"],
}"""

# What a user of the plugin does, and what comes of it.
PROGRAM = """
import gzip, importlib.util, json, os, sys, tarfile, warnings
import allennlp.commands.train
from allennlp.common.plugins import import_plugins
from allennlp.models import archival, load_archive

before = dict(os.environ)
import_plugins()
assert ("xner_allennlp" in sys.modules) == (sys.argv[1] == "beside us")
names = before.keys() | os.environ.keys()
changed = {name for name in names if before.get(name) != os.environ.get(name)}

run = os.path.abspath("run of " + sys.argv[1])
allennlp.commands.train.train_model_from_file("config.jsonnet", run)
with open(os.path.join(run, "notes.txt"), "w") as file:
    file.write("a note")
specification = importlib.util.find_spec("allennlp.models.archival")
stock = importlib.util.module_from_spec(specification)
specification.loader.exec_module(stock)
archives = []
for module in (archival, stock):
    file = module.archive_model(run, include_in_archive=["notes.txt"])
    archives.append(gzip.open(file).read())
config = open(os.path.join(run, "config.json"), "rb").read()
with tarfile.open(file) as archive:
    # AllenNLP leaves an empty lock beside the vocabulary.
    names = [name for name in archive.getnames() if name != "vocabulary/.lock"]
    config_in_archive = archive.extractfile("config.json").read()
with tarfile.open(file, "w:gz") as archive:  # A link, which AllenNLP unpacks.
    archive.add(run, "")
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "config.json"
    archive.addfile(link)
    archive.add(os.path.join(run, "best.th"), "weights.th")
loaded = load_archive(file)
print(json.dumps({
    "changed environment": sorted(changed),
    "archive as stock": archives[0] == archives[1],
    "config as in the run": config == config_in_archive,
    "names": sorted(names),
    "reader": type(loaded.dataset_reader).__name__,
    "path": loaded.model.path,
    "metrics": sorted(json.load(open(os.path.join(run, "metrics.json")))),
}))
"""


@pytest.fixture(name="outcomes", scope="module")
def _outcomes(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Dict[str, Any]]:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "foreign_plugin.py").write_text(PLUGIN)
    (folder / "config.jsonnet").write_text(CONFIG.replace("FOLDER", str(folder)))
    (folder / "labels.txt").write_text("a\nb\nb\na\n")
    outcomes = {}
    for plugins, name in (
        ("foreign_plugin", "alone"),
        ("xner_allennlp\nforeign_plugin", "beside us"),
    ):
        (folder / ".allennlp_plugins").write_text(plugins + "\n")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, name],
            cwd=folder,
            env={"PYTHONPATH": f"{folder}:{ROOT}", "HOME": str(folder), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        outcomes[name] = json.loads(done.stdout.splitlines()[-1])
        outcomes[name]["folder"] = str(folder)
    return outcomes


def test_importing_us_changes_no_environment(outcomes: Dict[str, Dict[str, Any]]) -> None:
    assert outcomes["beside us"]["changed environment"] == []


def test_its_archives_and_configs_are_as_without_us(outcomes: Dict[str, Dict[str, Any]]) -> None:
    beside_us = outcomes["beside us"]
    assert beside_us == outcomes["alone"]
    assert beside_us["archive as stock"] and beside_us["config as in the run"]
    assert beside_us["path"] == beside_us["folder"] + "/labels.txt"
    assert beside_us["reader"] == "Reader" and "notes.txt" in beside_us["names"]
