import json
import random

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import global_distributed_metric, run_distributed_test
from allennlp.data import Vocabulary
from allennlp.training.metrics import Metric

from xner_allennlp.spans import to_bioul
from xner_allennlp.spans.conll_f1 import ConllF1

TYPES = ["LOC", "PER"]


def vocabulary_of(prefixes):
    vocabulary = Vocabulary()
    for tag in ["O", *(f"{prefix}-{name}" for name in TYPES for prefix in prefixes)]:
        vocabulary.add_token_to_namespace(tag, "labels")
    return vocabulary


def as_batch(sentences, vocabulary, length):
    ids = torch.zeros(len(sentences), length, dtype=torch.long)
    mask = torch.zeros(len(sentences), length, dtype=torch.bool)
    for row, tags in enumerate(sentences):
        for column, tag in enumerate(tags):
            ids[row, column] = vocabulary.get_token_index(tag, "labels")
            mask[row, column] = True
    return ids, mask


def score(predicted, gold, prefixes="BI"):
    vocabulary = vocabulary_of(prefixes)
    length = max(map(len, gold))
    predicted_ids, mask = as_batch(predicted, vocabulary, length)
    gold_ids, _ = as_batch(gold, vocabulary, length)
    metric = ConllF1(vocabulary)
    metric(predicted_ids, gold_ids, mask)
    return metric.get_metric(reset=True)


# --- conlleval, written anew from its description: two questions asked at every border of tokens.


def chunk_ends(previous, current):
    """Whether a chunk ends after `previous`."""
    if previous == "O":
        return False
    return current[0] in "OB" or previous[2:] != current[2:]


def chunk_starts(previous, current):
    """Whether a chunk starts at `current`."""
    if current == "O":
        return False
    return current[0] == "B" or previous == "O" or previous[2:] != current[2:]


def conlleval(predicted_sentences, gold_sentences):
    """Goes over both columns at once, as conlleval does, and returns counts
    (correct, predicted, gold) by type."""
    counts = {name: [0, 0, 0] for name in TYPES}
    for predicted, gold in zip(predicted_sentences, gold_sentences):
        in_correct = None
        pairs = [("O", "O"), *zip(predicted, gold), ("O", "O")]
        for (last_predicted, last_gold), (now_predicted, now_gold) in zip(pairs, pairs[1:]):
            predicted_ended = chunk_ends(last_predicted, now_predicted)
            gold_ended = chunk_ends(last_gold, now_gold)
            if in_correct is not None:
                if predicted_ended and gold_ended:
                    counts[in_correct][0] += 1
                    in_correct = None
                elif predicted_ended != gold_ended:
                    in_correct = None
            predicted_started = chunk_starts(last_predicted, now_predicted)
            gold_started = chunk_starts(last_gold, now_gold)
            if predicted_started and gold_started and now_predicted[2:] == now_gold[2:]:
                in_correct = now_gold[2:]
            if predicted_started:
                counts[now_predicted[2:]][1] += 1
            if gold_started:
                counts[now_gold[2:]][2] += 1
    return counts


def expected_metrics(counts):
    total = [sum(column) for column in zip(*counts.values())]
    expected = {}
    for suffix, (correct, predicted, gold) in [
        ("", total),
        *((f"_{name}", count) for name, count in counts.items()),
    ]:
        precision = correct / predicted if predicted else 0.0
        recall = correct / gold if gold else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        expected.update({"precision" + suffix: precision, "recall" + suffix: recall})
        expected["f1" + suffix] = f1
    return expected


def random_tags(rng, length, prefixes):
    tags = []
    while len(tags) < length:
        tag = rng.choice(["O", f"{rng.choice(prefixes)}-{rng.choice(TYPES)}"])
        # Repeated tags make longer entities, which both sequences have a chance to share.
        tags += [tag] * rng.choice([1, 1, 2])
    return tags[:length]


def random_pairs(rng, prefixes):
    gold = [random_tags(rng, rng.randint(1, 9), prefixes) for _ in range(6)]
    predicted = [
        [rng.choice([tag, tag, random_tags(rng, 1, prefixes)[0]]) for tag in tags] for tags in gold
    ]
    return predicted, gold


@pytest.mark.parametrize("seed", range(150))
def test_equals_conlleval_on_bio(seed):
    """Any sequences of B, I and O, ill-formed ones too (seeds are independent cases)."""
    predicted, gold = random_pairs(random.Random(seed), "BI")
    expected = expected_metrics(conlleval(predicted, gold))
    assert score(predicted, gold) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(150))
def test_equals_conlleval_on_bioul(seed):
    """The same sequences, written in BIOUL."""
    predicted, gold = random_pairs(random.Random(1000 + seed), "BI")
    expected = expected_metrics(conlleval(predicted, gold))
    bioul = [[to_bioul(tags) for tags in sentences] for sentences in (predicted, gold)]
    assert score(*bioul, prefixes="BILU") == pytest.approx(expected, abs=1e-12)


def iob2_by_hand(tags):
    """What ill-formed BIOUL means (see `tag_schemes`), told differently: an L or U is followed by
    a border, a B or U is preceded by one."""
    out, border = [], True
    for previous, tag in zip(["O", *tags], tags):
        new = border or tag[0] in "BU" or previous[2:] != tag[2:]
        out.append("O" if tag == "O" else ("B" if new else "I") + tag[1:])
        border = tag[0] in "OLU"
    return out


@pytest.mark.parametrize("seed", range(150))
def test_equals_conlleval_on_ill_formed_bioul(seed):
    predicted, gold = random_pairs(random.Random(2000 + seed), "BILU")
    expected = expected_metrics(
        conlleval([iob2_by_hand(tags) for tags in predicted], [iob2_by_hand(tags) for tags in gold])
    )
    assert score(predicted, gold, prefixes="BILU") == pytest.approx(expected, abs=1e-12)


def test_where_seqeval_alone_is_wrong():
    assert score([["U-LOC", "U-LOC"]], [["U-LOC", "U-LOC"]], "BILU")["f1"] == 1.0
    metrics = score([["B-LOC", "I-LOC", "L-LOC"]], [["B-LOC", "I-LOC", "L-LOC"]], "BILU")
    assert (metrics["f1"], metrics["f1_LOC"]) == (1.0, 1.0)


def test_by_hand():
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O", "B-PER"]]
    predicted = [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O", "I-PER"]]
    assert score(predicted, gold) == pytest.approx(
        {
            "precision": 2 / 4,
            "recall": 2 / 4,
            "f1": 2 / 4,
            "precision_LOC": 1.0,
            "recall_LOC": 1 / 2,
            "f1_LOC": 2 / 3,
            "precision_PER": 1 / 3,
            "recall_PER": 1 / 2,
            "f1_PER": 2 / 5,
        }
    )


def test_entities_do_not_cross_sentences():
    assert score([["B-PER"], ["I-PER"]], [["B-PER"], ["B-PER"]])["f1"] == 1.0


def test_nothing_predicted_or_nothing_to_find():
    assert set(score([["O"]], [["O"]]).values()) == {0.0}
    assert score([["O"]], [["B-PER"]])["precision"] == 0.0
    assert score([["B-PER"]], [["O"]])["recall"] == 0.0
    assert ConllF1(vocabulary_of("BI")).get_metric()["f1"] == 0.0


def test_padding_and_batches_do_not_matter():
    rng = random.Random(1)
    predicted, gold = random_pairs(rng, "BI")
    vocabulary = vocabulary_of("BI")
    metric = ConllF1(vocabulary)
    for one_predicted, one_gold in zip(predicted, gold):
        predicted_ids, mask = as_batch([one_predicted], vocabulary, 12)
        gold_ids, _ = as_batch([one_gold], vocabulary, 12)
        # What stands under the padding is not looked at.
        predicted_ids[~mask] = vocabulary.get_token_index("B-PER", "labels")
        metric(predicted_ids, gold_ids, mask)
    assert metric.get_metric() == score(predicted, gold)


def test_accumulates_until_reset():
    vocabulary = vocabulary_of("BI")
    metric = ConllF1(vocabulary)
    right, mask = as_batch([["B-PER"]], vocabulary, 1)
    wrong, _ = as_batch([["B-LOC"]], vocabulary, 1)
    metric(right, right)
    metric(wrong, right, mask)
    assert metric.get_metric()["f1"] == 0.5
    assert metric.get_metric(reset=True)["f1"] == 0.5
    assert metric.get_metric()["f1"] == 0.0


def test_plain_python_numbers():
    metrics = score([["B-PER"]], [["B-PER"]])
    assert {type(value) for value in metrics.values()} == {float}
    json.dumps(metrics)
    vocabulary = vocabulary_of("BI")
    metric = ConllF1(vocabulary)
    ids, mask = as_batch([["B-PER", "O"]], vocabulary, 2)
    metric(ids, ids, mask)
    for counts in (metric._correct, metric._predicted, metric._gold):
        assert {type(count) for count in counts.values()} == {int}


def test_errors():
    vocabulary = vocabulary_of("BI")
    metric = ConllF1(vocabulary)
    ids, mask = as_batch([["B-PER", "O"]], vocabulary, 2)
    with pytest.raises(ConfigurationError, match=r"of one shape.*\(1, 1\), \(1, 2\)"):
        metric(ids[:, :1], ids, mask)
    with pytest.raises(ConfigurationError, match="of one shape"):
        metric(torch.zeros(1, 2, 5), ids, mask)
    with pytest.raises(ConfigurationError, match="label id 99.*'labels' has 5 tags"):
        metric(ids + 98 - ids[0, 0] + 1, ids, mask)


def test_registered():
    metric = Metric.from_params(Params({"type": "conll_f1"}), vocabulary=vocabulary_of("BI"))
    assert isinstance(metric, ConllF1)


def test_distributed():
    """Two processes that see different types get the same sums."""
    vocabulary = vocabulary_of("BI")
    gold, mask = as_batch([["B-PER", "O"], ["B-LOC", "I-LOC"]], vocabulary, 2)
    predicted, _ = as_batch([["B-PER", "O"], ["B-LOC", "B-LOC"]], vocabulary, 2)
    arguments = {
        "predictions": [predicted[:1], predicted[1:]],
        "gold_labels": [gold[:1], gold[1:]],
        "mask": [mask[:1], mask[1:]],
    }
    counts = {"LOC": (0, 2, 1), "PER": (1, 1, 1)}
    run_distributed_test(
        [-1, -1],
        global_distributed_metric,
        ConllF1(vocabulary),
        arguments,
        expected_metrics(counts),
        exact=False,
    )
