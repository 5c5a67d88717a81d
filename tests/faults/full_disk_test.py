"""
A disk that is full: the error names file and remedy, nothing has its final name that is not whole,
and the same command goes on once there is space. The system refuses to let files grow (a limit on
their size), which is what a full disk does, but needs no root.
"""

import random
import resource
from contextlib import contextmanager

import numpy as np
import pytest

from tests.faults.command_lines import learn, train
from tests.faults.kill_and_resume import Killer
from tests.faults.process import Process
from tests.faults.whole import assert_whole
from xner_allennlp.common import FullDiskError, whole_file
from xner_allennlp.corpora.conversion import convert_corpus
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.mapped_vectors import map_vector_file
from xner_allennlp.training.pseudo_label_journal import PseudoLabelJournal
from xner_allennlp.vectors import write_word_vectors


@contextmanager
def no_file_above(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def files_of(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_device_without_space():
    with (
        pytest.raises(FullDiskError, match="/dev/full.*no space is left"),
        whole_file("/dev/full") as file,
    ):
        file.write(b"text")


@pytest.mark.parametrize("ending", ["vec", "vec.gz", "npz"])
def test_word_vectors(tmp_path, ending):
    path = tmp_path / f"vectors.{ending}"
    path.write_text("before")
    words = [f"word{number}" for number in range(2000)]
    matrix = np.random.default_rng(0).normal(size=(2000, 10)).astype(np.float32)
    with no_file_above(30_000), pytest.raises(FullDiskError, match=f"vectors.{ending} was not"):
        write_word_vectors(path, words, [matrix], dim=10)
    assert files_of(tmp_path) == [path.name] and path.read_text() == "before"
    write_word_vectors(path, words, [matrix], dim=10)


def test_a_mapped_file_of_vectors(tmp_path, toy):
    mapping = Mapping(W=np.eye(40, dtype=np.float32), direction="source_to_target")
    with no_file_above(30_000), pytest.raises(FullDiskError, match=r"\.mapping-.*was not written"):
        map_vector_file(mapping, "source", toy / "vectors" / "source.vec", tmp_path / "out.npz")
    assert files_of(tmp_path) == []


def test_a_mapping(tmp_path):
    mapping = Mapping(
        W=np.random.default_rng(0).normal(size=(40, 40)).astype(np.float32),
        direction="source_to_target",
    )
    with no_file_above(1000), pytest.raises(FullDiskError, match="mapping.npz was not written"):
        mapping.save(tmp_path / "mapping.npz")
    assert files_of(tmp_path) == []


def test_a_converted_corpus(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("word NN I-NP O\n\n" * 1000)
    target.write_text("before")
    with no_file_above(5000), pytest.raises(FullDiskError, match="target was not written"):
        convert_corpus(source, target, "conll2003")
    assert files_of(tmp_path) == ["source", "target"] and target.read_text() == "before"


def test_the_journal_of_pseudo_labels(tmp_path):
    journal = PseudoLabelJournal(str(tmp_path))
    journal.write(number=0, epoch=0, length=3, labels={0: ["O"]})
    with no_file_above(150), pytest.raises(FullDiskError, match="pseudo_labels.jsonl"):
        for number in (1, 2, 3):
            journal.write(number=number, epoch=0, length=3, labels={0: ["O"]})
    journal.resume_at(1)
    assert (tmp_path / "pseudo_labels.jsonl").read_text().count("\n") == 1


# The largest file that is allowed, and what cannot be written then. The weights take 480 kB, a
# state of the mapping 30, the logs less than either.
@pytest.mark.parametrize(
    "make, size, name",
    [
        (lambda folder: train(folder, passes=2), 300_000, "best_target_f1.th"),
        (learn, 20_000, "restart0-refinement.state.npz"),
    ],
    ids=["train", "xner-map learn"],
)
def test_a_command_goes_on_when_there_is_space(make, size, name, tmp_path):
    line = make(tmp_path)
    killer = Killer(line, tmp_path, random.Random(0))
    expected = killer.unkilled().outcome
    run = tmp_path / "full"
    process = Process(killer.command(run), tmp_path / "log", largest_file=size)
    assert process.wait(120) == 1
    text = (tmp_path / "log").read_text(encoding="utf-8", errors="replace")
    last = [part for part in text.split("\n") if part.strip()][-1]
    assert f"{name} was not written: the file would be larger than allowed" in last, last
    assert "same command again" in last
    assert_whole(run)
    assert not [path for path in run.rglob(".*.tmp") if path.is_file()]
    assert Process(killer.command(run), tmp_path / "log").wait(120) == 0
    outcome = line.outcome(run)
    assert outcome.keys() == expected.keys()
    assert [key for key in outcome if outcome[key] != expected[key]] == []
