"""
Bulk tagging with the real engine, two workers, and a trained archive. Every worker imports
AllenNLP, which takes seconds: few runs test much each.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List, NamedTuple

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands.bulk.small_worker import SmallWorker
from tests.commands.bulk.tagged_corpus import BATCH, PART, parts, tag, whole, write
from tests.tiny_runs import ROOT
from xner_allennlp.commands.bulk import RayEngine
from xner_allennlp.commands.bulk.ray_engine import _temporary_folder

# How often a file holds all sentences: enough to be stopped long before its end.
LONG = 30

# Before any test imports it.
RAY_WAS_THERE = "ray" in sys.modules


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


def test_a_folder_in_use_is_not_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(short))
    short = Path(tempfile.mkdtemp(prefix="xner-", dir="/tmp"))
    try:
        with _temporary_folder() as first, _temporary_folder() as second:
            assert os.path.isdir(first) and os.path.isdir(second)
        assert os.listdir(short) == []
    finally:
        shutil.rmtree(short)


def test_ray_is_not_imported_with_the_package():
    assert not RAY_WAS_THERE
