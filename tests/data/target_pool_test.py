"""The pool of target sentences: what is labelled, what is drawn, and how it goes on."""

from functools import partial

import numpy as np
import pytest
import torch
from allennlp.data import Vocabulary

from xner_allennlp.data import ConllNerReader, CrossLingualDataLoader, Processes, TargetPool

LENGTHS = [3, 1, 4, 2, 2, 5]


@pytest.fixture
def loader(tmp_path):
    (tmp_path / "source").write_text("Anna B-PER\n")
    sentences = ["".join(f"w{n}_{i}\n" for i in range(n)) for n in LENGTHS]
    (tmp_path / "target").write_text("\n".join(sentences))
    loader = CrossLingualDataLoader(
        ConllNerReader(untagged_languages=["target"]),
        {language: str(tmp_path / language) for language in ("source", "target")},
        shuffle=True,
        quiet=True,
    )
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    return loader


class Teacher:
    """Gives each word its place in the sentence; remembers how large the batches were."""

    def __init__(self):
        self.batches = []

    def __call__(self, tokens):
        lengths = (tokens["target_tokens"]["tokens"] > 0).sum(dim=1).tolist()
        self.batches.append(lengths)
        return [np.arange(length) for length in lengths]


def drawn(pool, number):
    """The lengths of the sentences in each batch; checks that labels are those of the teacher."""
    batches = []
    for _ in range(number):
        _, batch = pool.next_batch()
        lengths = [len(sentence["words"]) for sentence in batch["metadata"]]
        for tags, length in zip(batch["tags"].tolist(), lengths):
            assert tags[:length] == list(range(length)) and not any(tags[length:])
        batches.append(lengths)
    return batches


def test_labels_the_short_sentences_longest_first(loader):
    pool, teacher = TargetPool(loader, seed=1, batch_size=2), Teacher()
    assert pool.lengths.tolist() == LENGTHS and len(pool.words()[2]) == 4
    pool.label(teacher, max_length=3, batch_size=3)
    assert teacher.batches == [[3, 2, 2], [1]]
    assert {index: len(labels) for index, labels in pool.labels.items()} == {0: 3, 1: 1, 3: 2, 4: 2}
    pool.label(teacher, max_length=0)
    assert pool.labels == {}


def test_every_labelled_sentence_comes_once_before_any_comes_again(loader):
    pool = TargetPool(loader, seed=1, batch_size=3)
    pool.label(Teacher(), max_length=4)
    first, second, third = drawn(pool, 3)
    assert (len(first), len(second), len(third)) == (3, 2, 3)
    assert sorted(first + second) == [1, 2, 2, 3, 4]


def test_a_restored_pool_goes_on(loader):
    pool = TargetPool(loader, seed=1, batch_size=2)
    bounds = [pool.draw_length(1, 5) for _ in range(50)]
    assert set(bounds) == {1, 2, 3, 4, 5}
    pool.label(Teacher(), max_length=5)
    drawn(pool, 2)
    state = pool.state_dict()
    other = TargetPool(loader, seed=2, batch_size=2)
    other.load_state_dict(state)
    assert drawn(other, 7) == drawn(pool, 7)
    assert other.draw_length(1, 10**9) == pool.draw_length(1, 10**9)
    empty = TargetPool(loader, seed=2, batch_size=2)
    empty.load_state_dict(TargetPool(loader, seed=3, batch_size=2).state_dict())
    assert empty.labels == {}


def test_a_second_teacher_labels_what_the_first_has_labelled(loader):
    def second(tokens):
        return [labels + 10 for labels in Teacher()(tokens)]

    pool = TargetPool(loader, seed=1, batch_size=4)
    pool.label_alternatives(second)
    assert pool.alternatives == {}
    pool.label(Teacher(), max_length=3)
    assert "alternatives" not in pool.next_batch()[1]
    pool.label_alternatives(second)
    assert pool.alternatives.keys() == pool.labels.keys()
    state = pool.state_dict()
    _, batch = pool.next_batch()
    assert torch.equal(batch["alternatives"], (batch["tags"] + 10) * (batch["alternatives"] > 0))
    assert (batch["alternatives"] > 0).sum() == sum(
        len(each["words"]) for each in batch["metadata"]
    )
    other = TargetPool(loader, seed=2, batch_size=4)
    other.load_state_dict(state)
    assert torch.equal(other.next_batch()[1]["alternatives"], batch["alternatives"])
    pool.label(Teacher(), max_length=3)
    assert pool.alternatives == {}


def test_processes_share_labelling_and_batches(loader, monkeypatch):
    alone = TargetPool(loader, seed=1, batch_size=4)
    alone.label(Teacher(), max_length=5)
    monkeypatch.setattr(Processes, "exchange", lambda self, labels: [labels, alone.labels])
    weights = torch.zeros(3)
    shares = []
    for rank in range(3):
        monkeypatch.setattr(Processes, "current", partial(Processes, 3, rank))
        pool, teacher = TargetPool(loader, seed=1, batch_size=4), Teacher()
        pool.label(teacher, max_length=5)
        assert sum(map(len, teacher.batches)) == 2 and len(pool.labels) == 6
        _, batch = pool.next_batch()
        shares += [sentence["words"] for sentence in batch["metadata"]]
        weights[rank] = batch["weight"]
        # Two sentences are left, for three processes.
        assert len(pool.next_batch()[1]["metadata"]) == 1
    whole = [sentence["words"] for sentence in alone.next_batch()[1]["metadata"]]
    assert sorted(shares) == sorted(whole)
    assert weights.tolist() == [1.5, 0.75, 0.75]
