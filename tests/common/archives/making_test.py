"""Archives are whole or not there, and tell nothing of the machine they were made on."""

import gzip
import json
import os
import shutil
import tarfile

import allennlp.commands.train
import allennlp.models
import pytest
from allennlp.models import load_archive

from tests.tiny_runs import tiny_config, train
from xner_allennlp.common import stand_ins
from xner_allennlp.common.archives import archive_model


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run whose configuration has absolute paths."""
    folder = tmp_path_factory.mktemp("private")
    config = tiny_config("cross_shared", folder / "data", trainer__callbacks={})
    config["trainer"]["num_epochs"] = 1
    config["include_in_archive"] = ["notes*"]
    train(config, folder / "run")
    return folder


@pytest.fixture
def run(trained, tmp_path):
    shutil.copytree(trained / "run", tmp_path / "run")
    return tmp_path / "run"


def members(archive):
    with tarfile.open(archive) as content:
        return {
            member.name: content.extractfile(member).read() for member in content if member.isfile()
        }


def test_allennlp_train_makes_them(trained):
    for place in (allennlp.commands.train, allennlp.models, allennlp.models.archival):
        assert place.archive_model is stand_ins.archive_model
    # What `train` itself has written has no private paths, so it was made by ours.
    config = json.loads(members(trained / "run" / "model.tar.gz")["config.json"])
    assert config["train_data_path"] == {"source": "source.train", "target": "target.train"}


def test_nothing_of_the_machine_is_in_it(trained):
    archive = trained / "run" / "model.tar.gz"
    assert archive.read_bytes()[3:8] == bytes(5), "gzip's header has a name or a time"
    unpacked = gzip.decompress(archive.read_bytes())
    for secret in (
        str(trained),
        str(trained.parent),
        os.path.expanduser("~/"),
    ):
        assert secret.encode() not in unpacked, secret
    with tarfile.open(archive) as content:
        for member in content:
            assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
            assert member.mtime == 0 and not member.pax_headers
            assert member.mode == (0o755 if member.isdir() else 0o644)
    assert json.loads(members(archive)["meta.json"]).keys() == {"version"}


def test_the_run_keeps_its_own_configuration(trained):
    config = json.loads((trained / "run" / "config.json").read_text())
    assert config["train_data_path"]["source"] == str(trained / "data" / "source.train")


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    first = (run / "model.tar.gz").read_bytes()
    os.utime(run / "best.th", (1, 1))
    os.chmod(run / "config.json", 0o600)
    archive_model(run)
    assert (run / "model.tar.gz").read_bytes() == first
    assert archive_model(str(run), archive_path=tmp_path) == str(tmp_path / "model.tar.gz")
    assert (tmp_path / "model.tar.gz").read_bytes() == first


def test_it_can_be_loaded(run):
    archive = load_archive(run / "model.tar.gz")
    assert archive.config["validation_data_path"]["target"] == "target.testa"
    assert archive.validation_dataset_reader.language == "target"


def test_further_files_are_taken_as_they_are(run):
    (run / "notes.txt").write_text("/home/ann")
    (run / "notes").mkdir()
    (run / "notes" / "more.txt").write_text("more")
    os.link(run / "best.th", run / "notes" / "weights.th")
    archive_model(run, include_in_archive=["notes*"])
    content = members(run / "model.tar.gz")
    assert content["notes.txt"] == b"/home/ann" and content["notes/more.txt"] == b"more"
    # Not a link, which whoever unpacks archives with care refuses.
    assert content["notes/weights.th"] == (run / "best.th").read_bytes()
    load_archive(run / "model.tar.gz")


@pytest.mark.parametrize(
    "patterns",
    [
        ["*.json"],
        ["vocabulary/*"],
        ["*.txt", "notes*", "notes/more.txt", "./notes", "vocabulary/../notes"],
        ["."],
        ["*", "*"],
    ],
    ids=" ".join,
)
def test_no_member_comes_twice(run, patterns):
    (run / "notes.txt").write_text("a note")
    (run / "notes").mkdir()
    (run / "notes" / "more.txt").write_text("more")
    os.link(run / "config.json", run / "copy.json")
    os.symlink("config.json", run / "link.json")
    archive_model(run, include_in_archive=patterns)
    with tarfile.open(run / "model.tar.gz") as content:
        names = content.getnames()
    assert len(names) == len(set(names))
    # The run's own configuration, under none of its names.
    assert not {"copy.json", "link.json"} & set(names)
    config = json.loads(members(run / "model.tar.gz")["config.json"])
    assert config["train_data_path"] == {"source": "source.train", "target": "target.train"}
    # Neither the archive before, nor the one that is being made, nor the weights once more.
    assert not [name for name in names if ".tar.gz" in name or name == "best.th"]
    assert ("notes/more.txt" in names) == ("notes" in names)
    load_archive(run / "model.tar.gz")


@pytest.mark.parametrize("outside", ["../notes.txt", "{folder}/notes.txt"])
def test_files_outside_the_run_are_left_out(run, caplog, outside):
    (run.parent / "notes.txt").write_text("outside")
    (run / "notes.txt").write_text("inside")
    patterns = [outside.format(folder=run.parent), f"{run}/notes.txt"]
    archive_model(run, include_in_archive=patterns)
    assert "notes.txt is outside the run's folder: not in the archive" in caplog.text
    assert members(run / "model.tar.gz")["notes.txt"] == b"inside"
    load_archive(run / "model.tar.gz")


def test_hard_links_become_files(run):
    (run / "model_state_e1_b0.th").unlink(missing_ok=True)
    os.link(run / "best.th", run / "model_state_e1_b0.th")
    os.link(run / "best.th", run / "other.th")
    archive_model(run, include_in_archive=["*.th"])
    with tarfile.open(run / "model.tar.gz") as content:
        assert all(member.isreg() or member.isdir() for member in content)
    content = members(run / "model.tar.gz")
    for name in ("weights.th", "model_state_e1_b0.th", "other.th"):
        assert content[name] == (run / "best.th").read_bytes(), name
    load_archive(run / "model.tar.gz")


def test_paths_that_the_model_may_miss_are_told(run, caplog):
    archive_model(run)
    assert "does not hold the paths" not in caplog.text
    config = json.loads((run / "config.json").read_text())
    config["model"]["more"] = {"model_name": "/models/xlm-r", "size": 3}
    config["dataset_reader"]["folder"] = "/home/ann"
    (run / "config.json").write_text(json.dumps(config))
    archive_model(run)
    [message] = [text for text in caplog.messages if "does not hold the paths" in text]
    assert "the paths of model.more.model_name, dataset_reader.folder." in message
    assert message.endswith("""-o '{"model.more.model_name": "/its/path"}'""")


@pytest.mark.parametrize("missing", ["best.th", "config.json"])
def test_what_is_missing_is_told(run, missing):
    before = (run / "model.tar.gz").read_bytes()
    (run / missing).unlink()
    with pytest.raises(RuntimeError, match=f"{missing}' does not exist"):
        archive_model(run)
    assert (run / "model.tar.gz").read_bytes() == before


def test_an_archive_is_not_begun_under_its_name(run, monkeypatch):
    before = (run / "model.tar.gz").read_bytes()
    shutil.rmtree(run / "vocabulary")  # found missing after the weights are written
    with pytest.raises(FileNotFoundError):
        archive_model(run)
    assert (run / "model.tar.gz").read_bytes() == before
    assert not [name for name in os.listdir(run) if name.endswith(".tmp")]
