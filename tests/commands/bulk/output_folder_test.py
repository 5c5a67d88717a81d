"""The folder of parts: what it refuses, and what a killed run leaves."""

import os
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.bulk import OutputFolder, Part

PARTS = [Part(0, 1, 2, 0, 10), Part(0, 3, 2, 10, 12), Part(1, 1, 1, 0, 5)]
TEMPORARY = ".part-00001.jsonl." + "0" * 32 + ".tmp"


def never():
    raise AssertionError("the input is not to be read again")


def test_goes_on_where_it_was_stopped(tmp_path):
    with OutputFolder(tmp_path / "out") as folder:
        folder.begin({"batch_size": 2}, "jsonl", lambda: PARTS)
        assert folder.missing() == [0, 1, 2]
        Path(folder.file_of(1)).write_text("a\nb\n")
    (tmp_path / "out" / TEMPORARY).write_text("half")
    with OutputFolder(tmp_path / "out") as folder:
        folder.begin({"batch_size": 2}, "jsonl", never)
        assert folder.parts == PARTS
        assert folder.names == ["part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"]
        assert folder.missing() == [0, 2]
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json", "part-00001.jsonl"]
    assert (tmp_path / "out" / "part-00001.jsonl").read_text() == "a\nb\n"


def test_refuses_another_request(tmp_path):
    with OutputFolder(tmp_path) as folder:
        folder.begin({"batch_size": 2, "language": "target"}, "jsonl", lambda: PARTS)
    with (
        OutputFolder(tmp_path) as folder,
        pytest.raises(ConfigurationError, match=r"\(batch_size was 2, now 3\)"),
    ):
        folder.begin({"batch_size": 3, "language": "target"}, "jsonl", never)


def test_refuses_what_is_not_its_own(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="not empty"), OutputFolder(tmp_path):
        pass
    with pytest.raises(ConfigurationError, match="is a file"), OutputFolder(tmp_path / "mine.txt"):
        pass
    (tmp_path / "manifest.json").write_text('{"version": "other"}')
    with (
        OutputFolder(tmp_path) as folder,
        pytest.raises(ConfigurationError, match="not a manifest of tag-corpus"),
    ):
        folder.begin({}, "jsonl", never)
    assert sorted(os.listdir(tmp_path)) == ["manifest.json", "mine.txt"]


def test_keeps_a_second_run_out(tmp_path):
    with (
        OutputFolder(tmp_path),
        pytest.raises(ConfigurationError, match="another tag-corpus"),
        OutputFolder(tmp_path),
    ):
        pass
    with OutputFolder(tmp_path):
        pass


def test_names_sort_as_numbers(tmp_path):
    with OutputFolder(tmp_path) as folder:
        folder.begin({}, "conll", lambda: [Part(0, 1, 1, 0, 1)] * 100_001)
        assert folder.names == sorted(folder.names)
        assert folder.names[-1] == "part-100000.conll"
