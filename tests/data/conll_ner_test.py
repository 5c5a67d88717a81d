import builtins
import pickle

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Token, Vocabulary
from allennlp.data.batch import Batch
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.dataset_readers import WorkerInfo
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer

from tests.data.two_corpora import TARGET, languages, read, tags, words
from xner_allennlp.data import ConllNerReader

# --- instances


def test_fields(both):
    instances = read(both["source"])
    assert words(instances) == [["EU", "rejects"], ["Peter", "Blackburn"], ["Brussels"]]
    assert tags(instances) == [["U-ORG", "O"], ["B-PER", "L-PER"], ["U-LOC"]]
    assert instances[1]["metadata"].metadata == {
        "words": ["Peter", "Blackburn"],
        "language": "source",
        "sentence": "Peter Blackburn",
        "offsets": [(0, 5), (6, 15)],
    }
    assert set(instances[0].fields) == {"tokens", "metadata", "tags"}
    assert instances[0]["tags"]._label_namespace == "labels"


def test_namespaces(both):
    instances = read(both)
    vocabulary = Vocabulary.from_instances(instances)
    found = {
        name: set(vocabulary.get_token_to_index_vocabulary(name)) - {"@@PADDING@@", "@@UNKNOWN@@"}
        for name in vocabulary.get_namespaces()
    }
    assert set(found) == {"source_tokens", "target_tokens", "characters", "labels"}
    assert found["source_tokens"] == {"EU", "rejects", "Peter", "Blackburn", "Brussels"}
    assert found["target_tokens"] == {"Jan", "woont", "Goes"}
    assert found["characters"] == set("EUrejectsPeterBlackburnBrusselsJanwoontGoes")
    assert vocabulary.get_token_from_index(0, "characters") == "@@PADDING@@"
    # Every tag of every type, also those that no entity of these few needs.
    assert found["labels"] == {"O", *(f"{p}-{t}" for p in "BILU" for t in ("LOC", "ORG", "PER"))}


def test_tensors(both):
    instances = read(both["target"], language="target")
    vocabulary = Vocabulary.from_instances(instances)
    batch = Batch(instances)
    batch.index_instances(vocabulary)
    tensors = batch.as_tensor_dict()
    assert set(tensors["tokens"]) == {"target_tokens", "characters"}
    ids = tensors["tokens"]["target_tokens"]["tokens"]
    assert ids.shape == (2, 2) and ids[1, 1] == 0
    assert tensors["tokens"]["characters"]["token_characters"].shape == (2, 2, 5)
    assert tensors["tags"].shape == (2, 2)


def test_words_are_found_in_lower_case(both):
    vocabulary = Vocabulary()
    vocabulary.add_token_to_namespace("goes", "target_tokens")
    instances = read(both["target"], language="target", untagged_languages=["target"])
    instances[1].index_fields(vocabulary)
    tensors = instances[1].as_tensor_dict()
    expected = vocabulary.get_token_index("goes", "target_tokens")
    assert tensors["tokens"]["target_tokens"]["tokens"].tolist() == [expected]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("BIOUL", ["B-PER", "L-PER", "U-PER", "U-LOC"]),
        ("BIO", ["B-PER", "I-PER", "B-PER", "B-LOC"]),
    ],
)
@pytest.mark.parametrize(
    "given",
    [
        "I-PER I-PER B-PER I-LOC",
        "B-PER I-PER B-PER B-LOC",
        "B-PER I-PER B-PER I-LOC",
        "B-PER L-PER U-PER U-LOC",
        "B-PER E-PER S-PER S-LOC",
    ],
    ids="IOB1 IOB2 stray BIOUL IOBES".split(),
)
def test_tag_schemes(write, given, scheme, expected):
    path = write("x", "".join(f"w {tag}\n" for tag in given.split()))
    assert tags(read(path, tag_scheme=scheme)) == [expected]


# --- two languages


def test_languages_alternate(both):
    instances = read(both, untagged_languages=["target"])
    assert languages(instances) == ["source", "target", "source", "target", "source"]
    assert tags(instances) == [["U-ORG", "O"], None, ["B-PER", "L-PER"], None, ["U-LOC"]]


def test_dictionary_of_one_language(both):
    assert languages(read({"target": both["target"]})) == ["target", "target"]


def test_params_as_dictionary(both):
    assert len(read(Params(both))) == 5


def test_tags_of_an_untagged_language_are_not_looked_at(write, both):
    garbled = write("nl.garbled", TARGET.replace("B-PER", "XYZ").replace("O", "B-"))
    with pytest.raises(ConfigurationError, match="XYZ"):
        read(garbled, language="target")
    options = {"language": "target", "untagged_languages": ["target"]}
    clean = read(both["target"], **options)
    assert words(read(garbled, **options)) == words(clean) == [["Jan", "woont"], ["Goes"]]
    assert tags(clean) == [None, None]


def test_options_by_language(write):
    paths = {
        "source": write("en", "1 EU B-ORG\n"),
        "target": write("es", "Núñez N B-PER x\n".encode("latin-1")),
    }
    options = {
        "token_column": {"source": 1, "target": 0},
        "tag_column": {"source": -1, "target": 2},
        "encoding": {"source": "ascii", "target": "latin-1"},
    }
    instances = read(paths, **options)
    assert words(instances) == [["EU"], ["Núñez"]]
    assert tags(instances) == [["U-ORG"], ["U-PER"]]
    with pytest.raises(ConfigurationError, match="says nothing for 'target'"):
        read(paths, encoding={"source": "utf-8"})


# --- text_to_instance


def test_text_to_instance():
    reader = ConllNerReader(language="target")
    instance = reader.text_to_instance(["Jan", "Smit"], ["I-PER", "I-PER"])
    assert instance["tags"].labels == ["B-PER", "L-PER"]
    assert instance["metadata"]["language"] == "target"
    assert reader.text_to_instance(["Jan"], language="source")["metadata"]["language"] == "source"


@pytest.mark.parametrize(
    ("tokens", "offsets", "expected"),
    [
        (["Jan", "-", "Jan"], None, [(1, 4), (4, 5), (6, 9)]),
        (["Jan", "Jan"], [(1, 4), (6, 9)], [(1, 4), (6, 9)]),
        ([Token("Jan", idx=6, idx_end=9)], None, [(6, 9)]),
        ([Token("Jan", idx=6)], None, [(6, 9)]),
    ],
)
def test_offsets(tokens, offsets, expected):
    instance = ConllNerReader().text_to_instance(tokens, sentence=" Jan- Jan", offsets=offsets)
    assert instance["metadata"]["offsets"] == expected
    assert instance["metadata"]["sentence"] == " Jan- Jan"


def test_normalization_changes_what_the_model_sees_and_nothing_else():
    sentence = "(E\u0300ko\u0301)"
    reader = ConllNerReader(normalization="NFC")
    instance = reader.text_to_instance(reader.tokenizer.tokenize(sentence), sentence=sentence)
    assert [token.text for token in instance["tokens"]] == ["(", "\u00c8k\u00f3", ")"]
    assert instance["metadata"]["words"] == ["(", "E\u0300ko\u0301", ")"]
    assert instance["metadata"]["offsets"] == [(0, 1), (1, 6), (6, 7)]


def test_offsets_of_tokens_without_their_sentence():
    """They refer to the words with spaces between, whatever text the tokens once came from."""
    instance = ConllNerReader().text_to_instance([Token("a", idx=70, idx_end=71), Token("b")])
    assert instance["metadata"]["offsets"] == [(0, 1), (2, 3)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tokens": []}, "without words"),
        ({"tokens": ["a", ""]}, "an empty word"),
        ({"tokens": ["a"], "tags": ["O", "O"]}, "1 words but 2 tags"),
        ({"tokens": ["a"], "sentence": "a", "offsets": []}, "1 words but 0 offsets"),
        ({"tokens": ["a", "a"], "sentence": "a b"}, "'a' is not in the sentence 'a b' after"),
        ({"tokens": ["a"], "tags": ["XYZ"]}, "'XYZ' is not a tag"),
        ({"tokens": ["a"], "language": "nl"}, "language 'nl' is not one of source, target"),
    ],
)
def test_bad_text_to_instance(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        ConllNerReader().text_to_instance(**arguments)


# --- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "nl"}, "'nl' is not one of source, target"),
        ({"untagged_languages": ["nl"]}, "'nl' is not one of"),
        ({"raw_text_languages": ["nl"]}, "'nl' is not one of"),
        ({"untagged_languages": "target"}, 'untagged_languages is "target", .* list: ."target"'),
        ({"raw_text_languages": "target"}, 'raw_text_languages is "target", but is to be a list'),
        ({"entity_types": "PER"}, 'entity_types is "PER", but is to be a list'),
        ({"encoding": {"nl": "utf-8"}}, "'nl' is not one of"),
        ({"tag_scheme": "IOBES"}, "tag_scheme is 'IOBES'; choose one of BIOUL, BIO"),
        ({"max_length": 0}, "max_length must be at least 1"),
        ({"normalization": "nfc"}, "normalization is 'nfc'; choose one of NFC, NFD"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ConfigurationError, match=message):
        ConllNerReader(**options)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"nl": "x"}, "'nl' is not one of"),
        ({}, "a path or a dictionary"),
        (["x"], "a path or a dictionary"),
        ("gone.train", "gone.train: no such file"),
        ({"source": "gone.train"}, "gone.train: no such file"),
    ],
)
def test_bad_data(data, message):
    with pytest.raises(ConfigurationError, match=message):
        read(data)


def test_a_bad_second_file_is_found_before_the_first_instance(both, write):
    both["target"] = write("nl.bad", "Jan XYZ\n")
    with pytest.raises(ConfigurationError, match="nl.bad, line 1"):
        next(iter(ConllNerReader().read(both)))


def test_errors_of_the_file_come_through(write):
    with pytest.raises(ConfigurationError, match="x, line 2: the tag 'B-DATE' has a type"):
        read(write("x", "a O\nb B-DATE\n"), entity_types=["PER", "LOC"])
    with pytest.raises(ConfigurationError, match="x, line 1: the tag 'U-PER' is not IOB"):
        read(write("x", "a U-PER\n"), input_scheme="IOB")


def test_a_type_that_the_model_does_not_know(write, both):
    vocabulary = Vocabulary.from_instances(read(both["source"]))
    path = write("nl.test", "Jan B-PER\n\nop O\nmaandag B-DATE\n")
    instances = read(path)
    instances[0].index_fields(vocabulary)
    with pytest.raises(
        ConfigurationError, match="nl.test, line 3 and following: the tag 'U-DATE' .* U-LOC"
    ):
        instances[1].index_fields(vocabulary)


# --- as AllenNLP uses it


def test_from_params(both):
    params = {
        "type": "conll_ner",
        "language": "target",
        "tag_scheme": "BIO",
        "untagged_languages": ["source"],
        "tokenizer": {"type": "unicode_words", "split_clitics": False},
        "encoding": {"source": "utf-8", "target": "latin-1"},
        "max_length": 250,
        "max_instances": 1,
    }
    reader = DatasetReader.from_params(Params(params))
    assert isinstance(reader, ConllNerReader)
    assert tags(reader.read(both["target"])) == [["B-PER", "O"]]


def test_token_indexers_as_of_any_reader(both):
    reader = DatasetReader.from_params(
        Params({"type": "conll_ner", "token_indexers": {"tokens": {"type": "single_id"}}})
    )
    instances = list(reader.read(both))
    for instance in instances:
        reader.apply_token_indexers(instance)
    vocab = Vocabulary.from_instances(instances)
    assert vocab.get_token_index("Jan", "tokens") > 1 < vocab.get_token_index("EU", "tokens")
    batch = Batch(instances)
    batch.index_instances(vocab)
    assert batch.as_tensor_dict()["tokens"]["tokens"]["tokens"].shape == (5, 2)


def test_token_indexers_of_one_language(both):
    own = {
        "target_tokens": SingleIdTokenIndexer(),
        "characters": TokenCharactersIndexer(min_padding_length=1),
    }
    reader = ConllNerReader(token_indexers=own)
    source, target = (list(reader.read({name: both[name]}))[0] for name in both)
    for instance, keys in ((source, {"characters"}), (target, own.keys())):
        reader.apply_token_indexers(instance)
        assert instance["tokens"].token_indexers.keys() == keys
    del own["characters"]
    with pytest.raises(ConfigurationError, match='no token indexer .* give "source_tokens"'):
        ConllNerReader(token_indexers=own).apply_token_indexers(source)


def test_the_constructor_opens_nothing(monkeypatch):
    monkeypatch.setattr(builtins, "open", None)
    ConllNerReader(raw_text_languages=["target"])


def test_reading_twice_and_pickling(both):
    reader = pickle.loads(pickle.dumps(ConllNerReader()))
    assert words(reader.read(both)) == words(reader.read(both)) == words(read(both))


def test_max_instances_has_both_languages(both):
    assert languages(read(both, max_instances=3)) == ["source", "target", "source"]


def test_sharding(both):
    """Two workers get each sentence once, and both get both languages."""
    shards = []
    for worker in range(2):
        reader = ConllNerReader()
        reader._set_worker_info(WorkerInfo(num_workers=2, id=worker))
        shards.append(list(reader.read(both)))
    assert [languages(shard) for shard in shards] == [
        ["source", "target", "source"],
        ["source", "target"],
    ]
    assert sorted(words(shards[0] + shards[1])) == sorted(words(read(both)))


def test_worker_processes(both):
    loader = MultiProcessDataLoader(
        ConllNerReader(), both["source"], batch_size=1, num_workers=2, start_method="fork"
    )
    assert sorted(words(loader.iter_instances())) == sorted(words(read(both["source"])))


def test_for_scoring(write):
    """Tags are read of languages that training knows as untagged or raw text."""
    path = write("file", "Anna B-PER\nsings O\n")
    for option in ("untagged_languages", "raw_text_languages"):
        trained = ConllNerReader(**{option: ["target"]}, type_map={"PER": "LOC"})
        [instance] = trained.for_scoring("target").read(path)
        assert (words([instance]), tags([instance])) == ([["Anna", "sings"]], [["U-LOC", "O"]])
        assert instance["metadata"]["language"] == "target"
        assert "tags" not in next(iter(trained.read({"target": path}))).fields


def test_for_prediction(write):
    path = write("x", "-DOCSTART- O\na XYZ\nb O\n\nc O\n")
    trained = ConllNerReader(max_length=1, docstart="sentence")
    reader = trained.for_prediction("target")
    instances = list(reader.read(path))
    assert words(instances) == [["a", "b"], ["c"]]
    assert (tags(instances), languages(instances)) == ([None] * 2, ["target"] * 2)
    assert trained.language == "source"
    assert words(trained.read(path)) == [["c"]]


def test_tags_that_have_no_say_in_the_vocabulary(tmp_path):
    for name, tag in (("train", "B-PER"), ("dev", "B-LOC")):
        (tmp_path / name).write_text(f"Anna {tag}\nslaapt O\n", encoding="utf-8")
    train = list(ConllNerReader().read(str(tmp_path / "train")))
    for counted, expected in ((True, {"O", "PER", "LOC"}), (False, {"O", "PER"})):
        dev = list(ConllNerReader(tags_in_vocabulary=counted).read(str(tmp_path / "dev")))
        assert dev[0]["tags"].labels == ["U-LOC", "O"]
        labels = Vocabulary.from_instances(train + dev).get_token_to_index_vocabulary("labels")
        assert {label.split("-")[-1] for label in labels} == expected
    with pytest.raises(ConfigurationError, match="dev, line 1 .*'U-LOC' is not one of those"):
        dev[0].index_fields(Vocabulary.from_instances(train + dev))
