"""With which bonus a tagger finds as many words of entities as are to be expected."""

from collections import Counter

import numpy as np
import pytest
import torch
from allennlp.data import Vocabulary
from allennlp.modules.conditional_random_field import allowed_transitions
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.data import ConllNerReader, CrossLingualDataLoader
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.modules.crf import LinearChainCrf
from xner_allennlp.training import PseudoLabels
from xner_allennlp.training.entity_share import (
    LARGEST_BONUS,
    TOLERANCE,
    entity_bonus,
    share_of_entities,
)

TAGS = ["I-PER", "O", "B-PER", "U-PER", "L-PER"]
OUTSIDE = 1


class Tagger:
    """Of sentences that are emissions already."""

    outside = OUTSIDE
    tag_ids_of = CrossLingualCrfTagger.tag_ids_of
    with_bonus = CrossLingualCrfTagger.with_bonus

    def __init__(self, seed=0):
        self.vocab = Vocabulary(non_padded_namespaces=["labels"])
        for tag in TAGS:
            self.vocab.add_token_to_namespace(tag, "labels")
        names = self.vocab.get_index_to_token_vocabulary("labels")
        torch.manual_seed(seed)
        self.crf = LinearChainCrf(len(TAGS), allowed_transitions("BIOUL", names))

    def emissions(self, tokens, path):
        assert path == "target"
        return tokens


def sentences(seed, outside=0.0, num_words=12):
    """A batch of emissions, in which "O" scores higher by `outside`."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(20, num_words, len(TAGS), generator=generator)
    logits[..., OUTSIDE] += outside
    lengths = torch.randint(1, num_words + 1, (20, 1), generator=generator)
    return logits, torch.arange(num_words) < lengths


def share_of(tagger, batches, bonus):
    tags = [each for batch in batches for each in tagger.tag_ids_of(*batch, bonus)]
    return float((np.concatenate(tags) != OUTSIDE).mean())


@given(st.integers(0, 1000), st.lists(st.floats(-4, 4), min_size=2, max_size=6))
def test_more_of_it_never_finds_fewer_words(seed, bonuses):
    tagger, batches = Tagger(seed), [sentences(seed)]
    shares = [share_of(tagger, batches, bonus) for bonus in sorted(bonuses)]
    assert shares == sorted(shares)


def test_a_bonus_is_added_to_all_tags_but_outside():
    tagger, (logits, mask) = Tagger(), sentences(3)
    higher = logits + 1.5 * torch.tensor([tag != "O" for tag in TAGS])
    found, expected = tagger.tag_ids_of(logits, mask, 1.5), tagger.crf.best_paths(higher, mask)
    assert all(map(np.array_equal, found, expected))
    without = tagger.crf.best_paths(logits, mask)
    assert all(map(np.array_equal, tagger.tag_ids_of(logits, mask), without))
    assert not all(map(np.array_equal, found, without))


@pytest.mark.parametrize("wanted", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("outside", [0.0, 2.0])
def test_the_share_is_reached(wanted, outside):
    tagger, batches = Tagger(), [sentences(seed, outside) for seed in range(30)]
    found = entity_bonus(tagger, iter(batches), "target", wanted)
    assert found.share == share_of(tagger, batches, 0.0)
    assert share_of(tagger, batches, found.bonus) == pytest.approx(wanted, abs=0.01)


def test_what_differs_as_corpora_do_stays_as_it_is():
    tagger, batches = Tagger(), [sentences(0)]
    share = share_of(tagger, batches, 0.0)
    for factor in (0.99 * TOLERANCE, 1 / (0.99 * TOLERANCE)):
        assert entity_bonus(tagger, batches, "target", share * factor) == (0.0, share)
    assert entity_bonus(tagger, batches, "target", share / (1.01 * TOLERANCE)).bonus < 0


def test_no_bonus_is_larger_than_the_largest():
    tagger, batches = Tagger(), [sentences(0, outside=6.0)]
    batches[0][0][0, 0, TAGS.index("U-PER")] += 20
    bonus, share = entity_bonus(tagger, batches, "target", 0.9)
    assert 0 < share < 0.1 and bonus == pytest.approx(LARGEST_BONUS, abs=0.01)


def test_what_finds_nothing_gets_no_bonus():
    assert entity_bonus(Tagger(), [sentences(0, outside=20.0)], "target", 0.5) == (0, 0)


def test_the_share_of_a_corpus(tmp_path):
    (tmp_path / "source").write_text("Anna B-PER\nsleeps O\n\nIn O\nNew B-LOC\nYork I-LOC\n")
    (tmp_path / "target").write_text("Anna\nslaapt\nin\nhet\nbos\n")
    loader = CrossLingualDataLoader(
        ConllNerReader(untagged_languages=["target"]),
        {language: str(tmp_path / language) for language in ("source", "target")},
        shuffle=True,
        quiet=True,
    )
    vocab = Vocabulary.from_instances(loader.iter_instances())
    loader.index_with(vocab)
    outside = vocab.get_token_index("O", "labels")
    assert share_of_entities(loader.sentences, outside) == pytest.approx(3 / 5)


@pytest.mark.parametrize("system", ["mean_teacher.source_path_labels", "mean_teacher"])
def test_pseudo_labels_have_the_share_of_the_labelled_sentences(tmp_path, monkeypatch, system):
    """Of the source path alone: in each round, or of the first, where these come back."""
    config = tiny_config(system, tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 14
    callback(config, "pseudo_labels").update(n_steps=3, pretraining_passes=12)
    if system == "mean_teacher":
        callback(config, "pseudo_labels")["min_agreement"] = 1.0
    config["trainer"]["optimizer"]["lr"] = 0.5
    used, target_batch = [], PseudoLabels.target_batch

    def spied(callback, step):
        batch = target_batch(callback, step)
        if batch is not None:
            used.append(np.concatenate(list(callback._pool.labels.values())))
        return batch

    monkeypatch.setattr(PseudoLabels, "target_batch", spied)
    model = train(config, tmp_path / "run")
    names = model.vocab.get_index_to_token_vocabulary("labels")
    lines = open(config["train_data_path"]["source"], encoding="utf-8").read().splitlines()
    tags = Counter(line.split()[-1] != "O" for line in lines if line.strip())
    wanted = tags[True] / sum(tags.values())
    for labels in used:
        share = np.mean([names[index] != "O" for index in labels.tolist()])
        # As it was, or brought to the share but for the words that are as probable.
        assert wanted / TOLERANCE - 0.02 <= share <= wanted * TOLERANCE + 0.02
    log = (tmp_path / "run" / "out.log").read_text(encoding="utf-8")
    assert len(used) == 6 and "so the scores of entities are" in log
    assert ("less than the 100 % of min_agreement" in log) == (system == "mean_teacher")
