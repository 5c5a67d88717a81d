"""Bulk tagging with a trained archive, as far as it does not depend on the engine."""

import json
import os
import sys
import uuid
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands.bulk.tagged_corpus import PART, parts, tag, whole, write


class InProcess:
    """Takes the place of `RayEngine`."""

    def __init__(self, *settings):
        pass

    def map(self, worker, settings, tasks):
        yield from map(worker(**settings), tasks)


@pytest.fixture
def in_process(monkeypatch):
    monkeypatch.setattr("xner_allennlp.commands.tag_corpus.RayEngine", InProcess)


def test_every_line_is_answered_also_an_empty_one(in_process, archive, predict, tmp_path):
    lines = ["", "Anna lives in Rome .", "  ", "", "", "", "", "", "", "Anna", ""]
    file = write(tmp_path / "input.txt", lines)
    report = tag(archive, file, tmp_path / "out", lines_per_part=3)
    assert (report.parts, report.lines) == (3, 11)
    answers = [json.loads(line) for line in whole(tmp_path / "out").split(b"\n")[:-1]]
    assert [answer["sentence"] for answer in answers] == lines
    assert predict(file) == whole(tmp_path / "out")
    assert all(answer["entities"] == [] for answer in answers if not answer["tokens"])


def test_columns_and_language(in_process, archive, sentences, predict, tmp_path):
    file = write(tmp_path / "input.gz", sentences[: PART + 2])
    options = {"output_format": "conll", "language": "source"}
    tag(archive, file, tmp_path / "out", **options)
    assert [path.name for path in parts(tmp_path / "out")] == [
        "part-00000.conll",
        "part-00001.conll",
    ]
    assert whole(tmp_path / "out") == predict(file, **options)


def test_predict_checks_the_whole_file_before_it_tags(archive, predict, tmp_path):
    file = tmp_path / "latin1.txt"
    file.write_bytes(b"good\n" * 3000 + "Z\xfcrich\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="latin1.txt, line 3001: .*likely in latin-1"):
        predict(str(file))
    assert not (tmp_path / "predicted").exists()


def test_weights_and_overrides(in_process, archive, sentences, tmp_path):
    import torch

    file = write(tmp_path / "input.txt", sentences[:PART])
    weights = torch.load(Path(archive).with_name("best.th"))
    torch.save(
        {name: torch.zeros_like(value) for name, value in weights.items()}, tmp_path / "w.th"
    )
    tag(archive, file, tmp_path / "plain")
    tag(archive, file, tmp_path / "zeros", weights_file=str(tmp_path / "w.th"))
    assert whole(tmp_path / "zeros") != whole(tmp_path / "plain")
    with pytest.raises(ConfigurationError, match="no_such_tokenizer"):
        overrides = '{"dataset_reader.tokenizer": "no_such_tokenizer"}'
        tag(archive, file, tmp_path / "other", overrides=overrides)


def test_refuses_what_is_not_the_same(in_process, archive, sentences, tmp_path):
    file, output = write(tmp_path / "input.txt", sentences[:4]), tmp_path / "out"
    tag(archive, file, output)
    before = whole(output)
    for changed, options in [
        ("language", {"language": "source"}),
        ("output_format", {"output_format": "conll"}),
        ("lines_per_part", {"lines_per_part": PART + 1}),
        ("archive", {}),
        ("input", {}),
    ]:
        other = archive
        if changed == "archive":
            other = str(tmp_path / "model.tar.gz")
            Path(other).write_bytes(Path(archive).read_bytes() + b"\0")
        if changed == "input":
            write(tmp_path / "input.txt", sentences[:5])
        with pytest.raises(ConfigurationError, match=f"begun with something else .*{changed} was"):
            tag(other, file, output, **options)
    assert whole(output) == before and len(parts(output)) == 1


def test_an_input_that_changes_meanwhile_is_noticed(in_process, archive, sentences, tmp_path):
    path, output = tmp_path / "input.txt", tmp_path / "out"

    class Changing(InProcess):
        def map(self, worker, settings, tasks):
            write(path, reversed(sentences))
            return super().map(worker, settings, tasks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xner_allennlp.commands.tag_corpus.RayEngine", Changing)
        with pytest.raises(ConfigurationError, match="input.txt was changed after"):
            tag(archive, write(path, sentences), output)
    assert parts(output) == []


def test_a_failing_worker_costs_no_finished_part(in_process, archive, sentences, tmp_path):
    class Failing(InProcess):
        def map(self, worker, settings, tasks):
            yield from super().map(worker, settings, tasks[:1])
            raise RuntimeError("ValueError: no memory")

    file, output = write(tmp_path / "input.txt", sentences[: 3 * PART]), tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xner_allennlp.commands.tag_corpus.RayEngine", Failing)
        with pytest.raises(RuntimeError) as error:
            tag(archive, file, output)
    message = str(error.value)
    assert message.startswith("a worker failed: ValueError: no memory (1 of 3 parts are finished")
    assert tag(archive, file, output).tagged == [1, 2]


def test_a_part_that_kills_its_workers_is_given_up(in_process, archive, sentences, tmp_path):
    output = tmp_path / "out"

    class Dying(InProcess):
        def map(self, worker, settings, tasks):
            for _ in range(3):  # What a killed worker leaves.
                name = f".part-00001.jsonl.{uuid.uuid4().hex}.tmp"
                (output / name).write_text("half a part")
            return super().map(worker, settings, tasks)

    file = write(tmp_path / "input.txt", sentences[: 2 * PART])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xner_allennlp.commands.tag_corpus.RayEngine", Dying)
        with pytest.raises(
            RuntimeError, match=f"{PART} lines from line {PART + 1}: 3 workers died"
        ):
            tag(archive, file, output)
    assert tag(archive, file, output).tagged == [1]
    assert sorted(os.listdir(output)) == ["manifest.json", "part-00000.jsonl", "part-00001.jsonl"]


def test_a_malformed_line_is_named_before_anything_is_tagged(in_process, archive, tmp_path):
    file = write(tmp_path / "input.txt", ["good"] * 20 + ['{"sentence": "x"', "good"])
    with pytest.raises(ConfigurationError, match="input.txt, line 21: .*begins like a JSON object"):
        tag(archive, file, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_an_empty_corpus_has_no_parts(in_process, archive, tmp_path):
    report = tag(archive, write(tmp_path / "empty.txt", []), tmp_path / "out")
    assert (report.parts, report.tagged) == (0, [])


def test_says_how_to_install_ray(archive, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigurationError, match="pip install ray$"):
        tag(archive, write(tmp_path / "input.txt", ["a"]), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"workers": 0}, "workers must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"gpus_per_worker": -1}, "gpus_per_worker is -1: give a share of a GPU"),
        ({"gpus_per_worker": 1.5}, "gpus_per_worker is 1.5: give a share of a GPU"),
        ({"inputs": "nowhere.txt"}, "input file: there is no file nowhere.txt"),
        ({"archive": "nowhere.tar.gz"}, "archive: there is no file nowhere.tar.gz"),
        ({"weights_file": "nowhere.th"}, "weights file: there is no file nowhere.th"),
    ],
)
def test_a_wrong_setting_is_named(in_process, archive, tmp_path, options, message):
    settings = {"archive": archive, "inputs": write(tmp_path / "input.txt", ["a"]), **options}
    with pytest.raises(ConfigurationError, match=message):
        tag(output=tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()
