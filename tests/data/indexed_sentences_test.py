"""Sentences as numbers, against what AllenNLP's own batches hold."""

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import sanitize
from allennlp.data import Vocabulary
from allennlp.data.batch import Batch
from allennlp.data.token_indexers import SingleIdTokenIndexer
from allennlp.nn.util import move_to_device

from xner_allennlp.data import BatchMetadata, ConllNerReader, FormIndex, IndexedSentences

SENTENCES = [
    ("source", ["Anna", "sees", "Anna", "again"], ["U-PER", "O", "U-PER", "O"]),
    ("source", ["ik"], ["O"]),
    ("source", ["AGAIN", "sees", "Ω"], ["O", "O", "U-LOC"]),
    ("target", ["Anna", "ziet"], None),
]


@pytest.fixture
def instances():
    reader = ConllNerReader()
    made = [reader.text_to_instance(words, tags, language) for language, words, tags in SENTENCES]
    for instance in made:
        reader.apply_token_indexers(instance)
    return made


@pytest.fixture
def vocab(instances):
    return Vocabulary.from_instances(instances)


@pytest.mark.parametrize("rows", [[0], [2, 0, 1], [1, 1], [3]])
def test_a_batch_holds_what_allennlps_does(instances, vocab, rows):
    ours = IndexedSentences(instances, vocab).tensors(rows)
    batch = Batch([instances[row] for row in rows])
    batch.index_instances(vocab)
    stock = batch.as_tensor_dict()
    key = f"{SENTENCES[rows[0]][0]}_tokens"
    assert ours.keys() == stock.keys() and ours["tokens"].keys() == stock["tokens"].keys()
    assert torch.equal(ours["tokens"][key]["tokens"], stock["tokens"][key]["tokens"])
    characters = ours["tokens"]["characters"]
    spelled_out = characters["token_characters"][characters["form_of"]]
    assert torch.equal(spelled_out, stock["tokens"]["characters"]["token_characters"])
    assert list(ours["metadata"]) == stock["metadata"]
    if "tags" in stock:
        assert torch.equal(ours["tags"], stock["tags"])


def test_each_form_is_there_once(instances, vocab):
    characters = IndexedSentences(instances, vocab).tensors([0, 2])["tokens"]["characters"]
    # Nothing; Anna, sees, again, AGAIN, Ω.
    assert len(characters["token_characters"]) == 6
    assert (characters["token_characters"][0] == 0).all()
    first, second = characters["form_of"]
    assert first[0] == first[2] and first[1] == second[1] and second[3] == 0


def test_other_tags_may_be_given(instances, vocab):
    sentences = IndexedSentences(instances, vocab)
    tags = [torch.tensor([2, 1]).numpy()]
    assert sentences.tensors([3], tags=tags)["tags"].tolist() == [[2, 1]]


def test_tags_are_left_out_unless_all_have_them(vocab):
    reader = ConllNerReader()
    made = [reader.text_to_instance(["a"], ["O"]), reader.text_to_instance(["a"])]
    for instance in made:
        reader.apply_token_indexers(instance)
    sentences = IndexedSentences(made, vocab)
    assert "tags" in sentences.tensors([0])
    assert "tags" not in sentences.tensors([0, 1])


def test_batches_are_of_one_language_and_similar_length(instances, vocab):
    sentences = IndexedSentences(instances, vocab)
    assert sentences.batches(2) == [[0, 2], [1], [3]]
    assert sentences.batches(2, sort_by_length=False) == [[0, 1], [2], [3]]
    assert sentences.batches(9, rows=[3, 1, 2]) == [[3], [2, 1]]
    assert sentences.batches(9, rows=[]) == IndexedSentences([], vocab).batches(9) == []


def test_a_sentence_with_a_huge_word_is_alone():
    reader = ConllNerReader()
    made = [reader.text_to_instance(words) for words in (["a"], ["b" * 1001, "c"], ["d" * 1000])]
    for instance in made:
        reader.apply_token_indexers(instance)
    sentences = IndexedSentences(made, Vocabulary.from_instances(made))
    assert sentences.batches(9) == [[0, 2], [1]]


def test_training_reads_the_beginning_of_a_huge_word():
    reader = ConllNerReader()
    made = [reader.text_to_instance([word], ["O"], "source") for word in ("y" * 5000, "Jan")]
    for instance in made:
        reader.apply_token_indexers(instance)
    sentences = IndexedSentences(made, Vocabulary.from_instances(made))
    widths = [
        (batch["form_lengths"].max(), batch["token_characters"].shape[1])
        for batch in (sentences.tensors(rows)["tokens"]["characters"] for rows in ([0, 1], [0]))
    ]
    assert widths == [(1000, 1000), (5000, 5000)]


def test_other_token_indexers_are_refused(vocab):
    for indexers, message in (
        ({"tokens": SingleIdTokenIndexer()}, "indexers target_tokens .* reader are tokens"),
        ({"target_tokens": SingleIdTokenIndexer()}, "and characters .* are target_tokens"),
        (
            {"target_tokens": SingleIdTokenIndexer(), "characters": SingleIdTokenIndexer()},
            r"characters \(SingleIdTokenIndexer\)",
        ),
    ):
        reader = ConllNerReader(token_indexers=indexers, language="target")
        instance = reader.text_to_instance(["Anna"])
        reader.apply_token_indexers(instance)
        with pytest.raises(ConfigurationError, match=message):
            IndexedSentences([instance], vocab)


def test_a_form_index_remembers_and_forgets(instances, vocab):
    asked = []

    class Counting(FormIndex):
        def look_up(self, token, language, indexers):
            asked.append(token.text)
            return super().look_up(token, language, indexers)

    index = Counting(vocab, max_forms=2)
    alone = IndexedSentences(instances, vocab).tensors([0, 1, 2])
    for _ in range(2):
        bounded = IndexedSentences(instances, vocab, index).tensors([0, 1, 2])
        assert len(index._known) <= 2
        for key in ("source_tokens", "characters"):
            for name, values in alone["tokens"][key].items():
                assert np.array_equal(values, bounded["tokens"][key][name])
    assert asked.count("Anna") == 4  # Once a language and corpus, not once a word.


def test_metadata_is_passed_over_and_written():
    sentences = [{"words": ["a"], "offsets": [(0, 1)]}, {"words": ["b"], "offsets": [(0, 1)]}]
    metadata = BatchMetadata(sentences)
    assert move_to_device({"metadata": metadata}, torch.device("cpu"))["metadata"] is metadata
    assert (len(metadata), metadata[1], metadata[:1]) == (2, sentences[1], sentences[:1])
    assert sanitize({"metadata": metadata}) == {"metadata": sentences}
