"""Bulk tagging with the real engine, two workers, and a trained archive."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import List, NamedTuple

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from tests.commands.bulk.small_worker import SmallWorker
from tests.tiny_runs import ROOT, tiny_config, train
from xner_allennlp.commands.bulk import RayEngine
from xner_allennlp.commands.bulk.ray_engine import _temporary_folder
from xner_allennlp.commands.tag_corpus import tag_corpus

BATCH, PART = 4, 40
# How often a file holds all sentences: enough to be stopped long before its end.
LONG = 30

# Before any test imports it.
RAY_WAS_THERE = "ray" in sys.modules


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    config = tiny_config("cross_shared", folder / "data", trainer__optimizer__lr=0.5)
    train(config, folder / "run")
    return str(folder / "run" / "model.tar.gz")


@pytest.fixture(scope="module")
def sentences():
    """Lines of all kinds, none of them empty."""
    text = (ROOT / "fixtures" / "toy" / "ner" / "target.testb").read_text(encoding="utf-8")
    lines = []
    for number, sentence in enumerate(text.strip().split("\n\n")):
        tokens = [line.split(" ")[0] for line in sentence.split("\n")]
        line = " ".join(tokens)
        kinds = (line, line + "\r", json.dumps({"tokens": tokens}), json.dumps({"sentence": line}))
        lines.append(kinds[number % len(kinds)])
    return lines


def write(path, lines):
    text = "".join(line + "\n" for line in lines).encode("utf-8")
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


@pytest.fixture
def predict(archive, tmp_path, monkeypatch):
    """What `allennlp predict` writes for a file."""

    def run(file, **predictor_args):
        output = tmp_path / "predicted"
        command = ["predict", archive, file, "--output-file", output, "--silent"]
        command += ["--batch-size", BATCH, "--predictor-args", json.dumps(predictor_args)]
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, command)])
        main()
        return output.read_bytes()

    return run


def tag(archive, inputs, output, **options):
    return tag_corpus(
        archive,
        [inputs] if isinstance(inputs, str) else inputs,
        str(output),
        **{"workers": 2, "batch_size": BATCH, "lines_per_part": PART, **options},
    )


def parts(output):
    return sorted(Path(output).glob("part-*"))


def whole(output):
    return b"".join(path.read_bytes() for path in parts(output))


# With the real engine. Every worker imports AllenNLP, which takes seconds: few runs test much each.


class Interrupted(NamedTuple):
    """A run of the command line that got a Ctrl-C."""

    files: List[str]
    output: Path
    log: str
    returncode: int
    processes_before: List[str]
    processes_after: List[str]
    temporary_after: List[str]


def processes_with(text):
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text in process.read_text():
                found.append(process.parent.name)
        except OSError:
            pass  # It ended meanwhile.
    return found


@pytest.fixture(scope="module")
def interrupted(archive, sentences, tmp_path_factory):
    pytest.importorskip("ray", reason="bulk tagging runs on Ray")
    folder = tmp_path_factory.mktemp("interrupted")
    # An empty line is a part of its own here, so that the batches are those of `predict`.
    files = [
        write(folder / "a.txt", sentences * LONG),
        write(folder / "empty.txt", []),
        write(folder / "blank.txt", [""]),
        write(folder / "b.gz", sentences[::-1] * 2),
    ]
    output, temporary = folder / "out", tempfile.mkdtemp(prefix="xner-", dir="/tmp")
    # What a run that was killed has left.
    os.makedirs(os.path.join(temporary, "xner-ray-killed", "session"))
    command = ["tag-corpus", archive, *files, output, "--workers", "2", "--batch-size", BATCH]
    command += ["--lines-per-part", PART - 1, "--include-package", "xner_allennlp"]
    process = subprocess.Popen(
        [sys.executable, "-m", "allennlp", *map(str, command)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": temporary},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A background job of a shell ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        while len(parts(output)) < 3 and process.poll() is None:
            time.sleep(0.05)
        before = processes_with(temporary)
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does.
        log, _ = process.communicate(timeout=60)
        deadline = time.monotonic() + 60  # A busy machine takes its time.
        while processes_with(temporary) and time.monotonic() < deadline:
            time.sleep(0.1)
        # A worker that was ended while AllenNLP loaded the archive leaves what it had unpacked.
        left = [name for name in os.listdir(temporary) if not name.startswith("tmp")]
        after = processes_with(temporary)
    finally:
        process.kill()
        shutil.rmtree(temporary, ignore_errors=True)
    return Interrupted(files, output, log, process.returncode, before, after, left)


@pytest.fixture(scope="module")
def ray_of_two(interrupted):
    """Ray, started once for what runs in this process."""
    ray = pytest.importorskip("ray")
    folder = tempfile.mkdtemp(prefix="xner-", dir="/tmp")
    ray.init("local", num_cpus=2, include_dashboard=False, _temp_dir=folder)
    yield ray
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


def test_ctrl_c_leaves_whole_parts_and_no_process(interrupted):
    assert interrupted.returncode != 0
    assert "KeyboardInterrupt" in interrupted.log
    assert len(interrupted.processes_before) > 2
    assert interrupted.processes_after == interrupted.temporary_after == []
    names = {path.name for path in parts(interrupted.output)}
    assert set(os.listdir(interrupted.output)) == {"manifest.json", *names}
    for path in parts(interrupted.output):
        assert path.read_bytes().count(b"\n") in (1, PART)


def test_goes_on_and_is_what_predict_writes(
    interrupted, ray_of_two, archive, sentences, predict, monkeypatch
):
    monkeypatch.chdir("/")  # Workers have a current folder of their own.
    files, output = interrupted.files, interrupted.output
    there = {path.name: path.stat().st_mtime_ns for path in parts(output)}
    total = sum(-(-len(sentences) * times // PART) for times in (LONG, 2)) + 1
    assert 3 <= len(there) < total

    report = tag(archive, files, output)
    assert (report.parts, len(report.tagged)) == (total, total - len(there))
    assert len(report.workers) == 2  # A model a worker, however many parts it tags.
    now = {path.name: path.stat().st_mtime_ns for path in parts(output)}
    assert len(now) == total and there.items() <= now.items()

    expected = b"".join(map(predict, files))
    assert expected.count(b'{"sentence": "", "tokens": [], "tags": [], "entities": []}\n') == 1
    assert b'"type"' in expected
    assert whole(output) == expected


def test_engine_starts_each_worker_once(ray_of_two):
    tasks = [{"number": number} for number in range(20)]
    results = list(RayEngine(2).map(SmallWorker, {}, tasks))
    assert sorted(result["number"] for result in results) == list(range(20))
    assert 1 <= len({result["worker"] for result in results}) <= 2


def test_engine_replaces_a_worker_that_dies(ray_of_two, tmp_path):
    tasks = [{"number": number, "dies_once": ""} for number in range(6)]
    tasks[2]["dies_once"] = str(tmp_path / "died")
    results = list(RayEngine(2).map(SmallWorker, {}, tasks))
    assert (tmp_path / "died").exists()
    assert sorted(result["number"] for result in results) == list(range(6))


def test_engine_ends_where_every_worker_dies(ray_of_two):
    with pytest.raises(RuntimeError, match="^4 workers died one after the other: Actor"):
        list(RayEngine(1).map(SmallWorker, {}, [{"number": 0, "dies": True}]))


@pytest.mark.parametrize(
    "settings, tasks, message",
    [
        ({"mistake": "x"}, [{"number": 0}], "ValueError: a mistake: x"),
        ({}, [{"number": 0, "fails": True}], "ValueError: no such thing"),
    ],
)
def test_engine_says_what_went_wrong_in_a_worker(ray_of_two, settings, tasks, message):
    with pytest.raises(RuntimeError) as error:
        list(RayEngine(2).map(SmallWorker, settings, tasks))
    assert str(error.value) == message


def test_engine_names_what_is_short(ray_of_two):
    with pytest.raises(ConfigurationError, match="1 workers need 1000 GPUs, and Ray has 0"):
        list(RayEngine(1, gpus_per_worker=1000).map(SmallWorker, {}, [{"number": 0}]))


# Without an engine: what does not depend on it.


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


def test_a_folder_in_use_is_not_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(short))
    short = Path(tempfile.mkdtemp(prefix="xner-", dir="/tmp"))
    try:
        with _temporary_folder() as first, _temporary_folder() as second:
            assert os.path.isdir(first) and os.path.isdir(second)
        assert os.listdir(short) == []
    finally:
        shutil.rmtree(short)


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
        ({"workers": 0}, "workers is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
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


def test_ray_is_not_imported_with_the_package():
    assert not RAY_WAS_THERE
