"""The vocabulary that a model starts with which goes on from an archive."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture(name="vocabulary")
def _vocabulary() -> Vocabulary:
    return Vocabulary({"source_tokens": {"huis": 3, "é": 2}, "labels": {"O": 2, "B-PER": 1}})


@pytest.fixture(name="run")
def _run(tmp_path: Path, vocabulary: Vocabulary) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    vocabulary.save_to_files(str(folder / "vocabulary"))
    (folder / "config.json").write_text("{}")
    torch.save({}, folder / "weights.th")
    return folder


def archived(run: Path) -> Path:
    path = run.parent / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("config.json", "weights.th", "vocabulary"):
            if (run / name).exists():
                archive.add(run / name, arcname=name)
    return path


def read(archive: Path) -> Vocabulary:
    params = Params({"type": "from_archive", "archive": str(archive)})
    return Vocabulary.from_params(params, instances=[])


@pytest.mark.parametrize("is_archived", [True, False])
def test_it_is_the_models(
    vocabulary: Vocabulary, run: Path, temporary: Path, is_archived: bool
) -> None:
    again = read(archived(run) if is_archived else run)
    for namespace in ("source_tokens", "labels"):
        words = vocabulary.get_index_to_token_vocabulary(namespace)
        assert again.get_index_to_token_vocabulary(namespace) == words
    assert list(temporary.iterdir()) == []


def test_what_no_archive_needs_is_refused(run: Path, temporary: Path) -> None:
    path = archived(run)
    with tarfile.open(path, "w:gz") as archive:
        zeros = tarfile.TarInfo("zeros")
        zeros.size = 2**27
        archive.addfile(zeros, io.BytesIO(bytes(zeros.size)))
    with pytest.raises(ConfigurationError, match="grows to more than 100 times its size"):
        read(path)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("is_archived", [True, False])
def test_without_a_vocabulary(run: Path, is_archived: bool) -> None:
    shutil.rmtree(run / "vocabulary")
    with pytest.raises(ConfigurationError, match="has no vocabulary .* run folder"):
        read(archived(run) if is_archived else run)


def test_no_such_archive(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none.tar.gz: no such archive"):
        read(tmp_path / "none.tar.gz")
