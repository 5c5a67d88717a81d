import pytest
import torch
from allennlp.data import DataLoader, Vocabulary
from allennlp.data.data_loaders.multiprocess_data_loader import WorkerError

from tests.tiny_runs import tiny_config, train, weights_of
from xner_allennlp.data import ConllNerReader, OrderedMultiProcessDataLoader


@pytest.fixture
def corpus(toy):
    return str(toy / "ner" / "source.testa")


def loader_of(corpus, workers, **options):
    options = {"batch_size": 4, "start_method": "fork", **options}
    return OrderedMultiProcessDataLoader(
        ConllNerReader(), corpus, num_workers=workers, quiet=True, **options
    )


def batches_of(loader):
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    return [[sentence["words"] for sentence in batch["metadata"]] for batch in loader]


def test_is_registered():
    assert DataLoader.by_name("ordered_multiprocess") is OrderedMultiProcessDataLoader


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_order_is_that_of_no_workers(corpus, workers):
    assert batches_of(loader_of(corpus, workers)) == batches_of(loader_of(corpus, 0))


def test_lazy_batches_are_the_same_again(corpus):
    first, again = (batches_of(loader_of(corpus, 2, max_instances_in_memory=8)) for _ in range(2))
    assert first == again
    in_order = [words for batch in batches_of(loader_of(corpus, 0)) for words in batch]
    # Worker 0 has the sentences 0, 2, 4, ...; its batch comes first.
    assert first[0] == in_order[0:8:2]
    assert first[1] == in_order[1:8:2]
    assert sorted(words for batch in first for words in batch) == sorted(in_order)


def test_more_workers_than_sentences(tmp_path):
    file = tmp_path / "short.txt"
    file.write_text("Anna B-PER\n\nzingt O\n", encoding="utf-8")
    assert batches_of(loader_of(str(file), 4)) == [[["Anna"], ["zingt"]]]


def test_an_error_in_a_worker_is_raised(tmp_path):
    file = tmp_path / "broken.txt"
    file.write_text("Anna B-PER\n\nzingt\n", encoding="utf-8")
    with pytest.raises(WorkerError, match="broken.txt"):
        loader_of(str(file), 2)


def test_the_same_seed_trains_the_same_model(tmp_path):
    """With none, two and two workers again: bit for bit."""
    weights = []
    for number, workers in enumerate((0, 2, 2)):
        config = tiny_config("source_mono", tmp_path / "corpora", trainer__num_epochs=2)
        config["train_data_path"] = config["train_data_path"]["source"]
        config["data_loader"] = {
            "type": "ordered_multiprocess",
            "batch_size": 8,
            "shuffle": True,
            "num_workers": workers,
            "start_method": "fork",
        }
        # They count the passes of the loader `cross_lingual`.
        config["trainer"]["callbacks"] = []
        config["trainer"].pop("learning_rate_scheduler", None)
        train(config, tmp_path / f"run{number}")
        weights.append(weights_of(tmp_path / f"run{number}"))
    for other in weights[1:]:
        assert other.keys() == weights[0].keys()
        for name, values in weights[0].items():
            assert torch.equal(values, other[name]), name
