"""Distillation: who labels, what is learned, and that gold tags of the target are never seen."""

import json
import random

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train, train_teachers, weights_of
from xner_allennlp.data import ConllNerReader, IndexedSentences
from xner_allennlp.models.trained_tagger import load_archive
from xner_allennlp.modules.crf import ExpectedCounts, observed_counts
from xner_allennlp.modules.pretrained_encoder import as_precise_as_training
from xner_allennlp.modules.transformer_reader import TransformerReader
from xner_allennlp.training import Teachers
from xner_allennlp.training.entity_share import entity_bonus
from xner_allennlp.training.soft_labels import SoftLabels


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    return train_teachers(tmp_path_factory.mktemp("teachers"))


@pytest.fixture
def config(tmp_path, teachers, monkeypatch):
    monkeypatch.setenv("XNER_TEACHERS", ",".join(teachers))
    config = tiny_config("cross_distilled", tmp_path / "data", trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = 3
    return config


def instances_of(config):
    reader = ConllNerReader(language="target", untagged_languages=["target"])
    instances = list(reader.read(config["train_data_path"]["target"]))
    for instance in instances:
        reader.apply_token_indexers(instance)
    return instances


def labelled(teachers, config, vocab, **options):
    """Sentence -> what is expected of its tags, `(num_words, num_labels)`."""
    unary = {}
    taught = Teachers(teachers, vocab, "labels").label(instances_of(config), **options)
    for rows, counts, mask in taught:
        lengths = mask.sum(dim=1).tolist()
        unary.update({row: each[:length] for row, each, length in zip(rows, counts.unary, lengths)})
    return unary


def test_teachers_are_averaged_by_the_names_of_their_labels(config, teachers):
    vocab = load_archive(teachers[0], cuda_device=-1).model.vocab
    first, second = (labelled([teacher], config, vocab) for teacher in teachers)
    both = labelled(teachers, config, vocab)
    assert len(both) == 48
    for row, unary in both.items():
        torch.testing.assert_close(unary, (first[row] + second[row]) / 2)
        torch.testing.assert_close(unary.sum(dim=1), torch.ones(len(unary)).double())
    # Of a student who numbers its labels otherwise.
    other = load_archive(teachers[0], cuda_device=-1).model.vocab
    names = list(vocab.get_token_to_index_vocabulary("labels"))
    other._token_to_index["labels"] = {name: index for index, name in enumerate(names[::-1])}
    for row, unary in labelled(teachers, config, other).items():
        torch.testing.assert_close(unary.flip(1), both[row])


def test_a_teacher_finds_the_share_of_entities(config, teachers):
    model = load_archive(teachers[0], cuda_device=-1).model.eval()
    outside = model.vocab.get_token_index("O", "labels")
    sentences = IndexedSentences(instances_of(config), model.vocab)
    (tokens,) = sentences.sample(1000)
    path = model.path_for("target")
    bonus, share = entity_bonus(model, [tokens], path, 0.5)
    assert bonus != 0
    logits, mask = model.emissions(tokens, path)
    logits[..., outside] -= bonus
    # shape: (num_words, num_labels), the words of all sentences
    expected = model.crf.expected_counts(logits, mask).unary[mask]
    found = labelled(teachers[:1], config, model.vocab, entity_share=0.5)
    (rows,) = sentences.batches(1000)
    ours = torch.cat([found[row] for row in rows])
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-5)
    # What has the share already stays as it is.
    before, after = (
        labelled(teachers[:1], config, model.vocab, entity_share=each) for each in (None, share)
    )
    assert all(torch.equal(before[row], after[row]) for row in before)


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    """A tagger that spells words with the pieces of its encoder, not with characters."""
    folder = tmp_path_factory.mktemp("transformer")
    config = tiny_config("transformer", folder / "data")
    callback(config, "source_passes")["num_passes"] = 1
    train(config, folder / "run")
    return str(folder / "run" / "model.tar.gz")


def read_by(reader, sentences):
    instances = [reader.text_to_instance(words, language="target") for words in sentences]
    for instance in instances:
        reader.apply_token_indexers(instance)
    return instances


@pytest.mark.parametrize("is_student_transformer", [False, True])
def test_a_teacher_spells_words_as_it_has_learned(
    is_student_transformer, config, teachers, transformer
):
    archives = [teachers[0], transformer]
    student, teacher = (
        load_archive(archive, cuda_device=-1)
        for archive in (archives[::-1] if is_student_transformer else archives)
    )
    teacher_archive = archives[not is_student_transformer]
    sentences = [instance["metadata"]["words"] for instance in instances_of(config)]
    instances = read_by(student.dataset_reader, sentences)
    vocab = teacher.model.vocab
    found = list(Teachers([teacher_archive], vocab, "labels").label(instances, batch_size=1))
    assert len(found) == len(sentences)
    for (row,), counts, _ in found:
        own = IndexedSentences(read_by(teacher.dataset_reader, [sentences[row]]), vocab)
        with torch.no_grad(), as_precise_as_training(teacher.model):
            logits, mask = teacher.model.eval().emissions(own.tensors([0])["tokens"], "source")
            expected = teacher.model.crf.expected_counts(logits, mask)
        torch.testing.assert_close(counts.unary, expected.unary)
    # The student's own sentences are as they were.
    IndexedSentences(instances, student.model.vocab)


@pytest.mark.parametrize("is_native", [False, True])
def test_labels_are_as_precise_as_training(is_native, config, transformer, tmp_path, monkeypatch):
    """In bfloat16 where the CPU multiplies it, unlike validation."""
    monkeypatch.setattr(
        "xner_allennlp.modules.pretrained_encoder.multiplies_bfloat16", lambda: is_native
    )
    of_module, dtypes = TransformerReader.states, {"training": set(), "labels": set(), "": set()}

    def states(self, *args):
        use = "training" if self.training else "labels" if self.labels_for_training else ""
        dtypes[use].add((torch.ones(1, 1) @ torch.ones(1, 1)).dtype)
        return of_module(self, *args)

    monkeypatch.setattr(TransformerReader, "states", states)
    augmented = tiny_config("transformer_augmented", tmp_path / "data")
    callback(augmented, "source_passes")["num_passes"] = 2
    callback(augmented, "pseudo_labels")["pretraining_passes"] = 1
    train(augmented, tmp_path / "run")
    low = torch.bfloat16 if is_native else torch.float32
    assert dtypes == {"training": {low}, "labels": {low}, "": {torch.float32}}
    dtypes["labels"].clear()
    teacher = load_archive(transformer, cuda_device=-1)
    sentences = [instance["metadata"]["words"] for instance in instances_of(config)]
    instances = read_by(teacher.dataset_reader, sentences)
    taught = Teachers([transformer], teacher.model.vocab, "labels")
    assert list(taught.label(instances, entity_share=0.5)) and dtypes["labels"] == {low}


def test_soft_labels_are_kept_but_for_what_is_nearly_nothing():
    torch.manual_seed(1)
    # shape: (3, 4, 5)
    unary = (4 * torch.randn(3, 4, 5, dtype=torch.double)).softmax(dim=2)
    unary[1, 2:] = 0.0  # padding
    counts = ExpectedCounts(unary, torch.rand(3, 5, 5, dtype=torch.double))
    labels = SoftLabels(5)
    labels.add([10, 11, 12], counts)
    labels.add([7], ExpectedCounts(*(part[:1] * 0.5 for part in counts)))
    kept = labels.counts([12, 7, 11], 4, None)
    for ours, theirs in zip(kept, counts):
        expected = torch.stack([theirs[2], theirs[0] / 2, theirs[1]])
        torch.testing.assert_close(ours.double(), expected, atol=1e-4, rtol=1e-6)
    assert labels.counts([11], 2, None).unary.shape == (1, 2, 5)


def test_every_path_learns_and_the_journal_says_what_from(config, tmp_path):
    train(config, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    for name in ("source", "target", "translated"):
        assert metrics[f"training_{name}_loss"] > 0
    assert "training_teacher_loss" not in metrics
    (line,) = (tmp_path / "run" / "pseudo_labels.jsonl").read_text().splitlines()
    line = json.loads(line)
    assert line["sentences"] == 48 and sum(line["entities"].values()) > 10


def test_gold_tags_of_the_target_change_nothing(config, tmp_path):
    train(config, tmp_path / "one")
    path = config["train_data_path"]["target"]
    generator = random.Random(5)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            word = line.split(" ")[0]
            file.write(f"{word} {generator.choice(['O', 'B-PER', 'I-LOC'])}\n" if word else "\n")
    train(config, tmp_path / "two")
    one, two = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("labels", ["hard", "partial"])
def test_certain_teachers_are_learned_as_their_hard_labels(labels, config, tmp_path, monkeypatch):
    def certain(self, logits, mask):
        paths = [torch.from_numpy(path) for path in self.best_paths(logits, mask)]
        tags = torch.nn.utils.rnn.pad_sequence(paths, batch_first=True)
        return observed_counts(tags, mask, self.num_tags)

    monkeypatch.setattr("xner_allennlp.modules.crf.LinearChainCrf.expected_counts", certain)
    callback(config, "distillation")["teachers"] = callback(config, "distillation")["teachers"][:1]
    callback(config, "distillation")["labels"] = "soft"
    train(config, tmp_path / "soft")
    callback(config, "distillation")["labels"] = labels
    train(config, tmp_path / labels)
    soft, other = weights_of(tmp_path / "soft"), weights_of(tmp_path / labels)
    for name in soft:
        torch.testing.assert_close(soft[name], other[name], msg=name)


def test_words_that_teachers_doubt_are_left_open(config, tmp_path):
    callback(config, "distillation")["allowed_from"] = 1e-4
    train(config, tmp_path / "open")
    metrics = json.loads((tmp_path / "open" / "metrics.json").read_text())
    assert 0 < metrics["training_target_loss"] < metrics["training_source_loss"]


def test_bounds_leave_sentences_out(config, tmp_path):
    callback(config, "distillation").update(min_length=5, max_length=9)
    train(config, tmp_path / "run")
    line = json.loads((tmp_path / "run" / "pseudo_labels.jsonl").read_text())
    lengths = np.array([len(i["metadata"]["words"]) for i in instances_of(config)])
    assert line["sentences"] == ((lengths >= 5) & (lengths <= 9)).sum() < 48


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"teachers": []}, "give at least one archive"),
        ({"teachers": ["nowhere/model.tar.gz"]}, "nowhere/model.tar.gz: no such archive"),
        ({"teachers": "model.tar.gz"}, 'teachers is "model.tar.gz", but is to be a list'),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"min_length": 90, "max_length": 80}, "min_length 90 is above max_length 80"),
        ({"min_length": 90, "max_length": 95}, "no target sentence has 90 to 95 words"),
        ({"gold_file": "file"}, "gold_reader"),
        ({"labels": "open"}, "labels is 'open', known are: soft, hard, partial"),
        ({"allowed_from": 0.0}, "allowed_from is a probability from 0.0001"),
        ({"allowed_from": 1e-5}, "from 0.0001 to 1, not 1e-05"),
    ],
)
def test_settings_that_cannot_be(changes, message, config, tmp_path):
    callback(config, "distillation").update(changes)
    with pytest.raises(ConfigurationError, match=message):
        train(config, tmp_path / "run")


def test_no_run_is_its_own_teacher(config, tmp_path):
    callback(config, "distillation")["teachers"] = [str(tmp_path / "run" / "model.tar.gz")]
    with pytest.raises(ConfigurationError, match="in the folder of the student's own run"):
        train(config, tmp_path / "run")


def test_a_teacher_with_other_labels(config, tmp_path):
    other = tiny_config("cross_shared", tmp_path / "other", pair="en_ar")
    callback(other, "source_passes")["num_passes"] = 1
    train(other, tmp_path / "bio")
    callback(config, "distillation")["teachers"] = [str(tmp_path / "bio" / "model.tar.gz")]
    with pytest.raises(
        ConfigurationError, match="bio/model.tar.gz has the labels B-LOC.*tag_scheme"
    ):
        train(config, tmp_path / "run")


def test_one_callback_labels_target_sentences(config, tmp_path):
    config["trainer"]["callbacks"]["pseudo_labels"] = {}
    with pytest.raises(
        ConfigurationError, match="another callback labels target sentences as well"
    ):
        train(config, tmp_path / "run")


def test_translated_batches_need_tags(config, tmp_path):
    (tmp_path / "raw").write_text("the\ncat\n")
    callback(config, "translated_batches")["path"] = str(tmp_path / "raw")
    with pytest.raises(ConfigurationError, match="raw has sentences without tags"):
        train(config, tmp_path / "run")


def test_translated_batches_need_a_reader_of_target_sentences(config, tmp_path):
    del callback(config, "translated_batches")["reader"]["translated_language"]
    with pytest.raises(ConfigurationError, match='`translated_language: "target"`'):
        train(config, tmp_path / "run")
