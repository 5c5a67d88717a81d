"""Labelled source sentences, translated word by word."""

import numpy as np
import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from xner_allennlp.data import TranslatedConllNerReader, word_translations
from xner_allennlp.mapping import Mapping

# Source word -> target word; each pair shares a direction, turned by the mapping.
PAIRS = {
    "the": "de",
    "house": "huis",
    "sleeps": "slaapt",
    "Germany": "Duitsland",
    "german": "duits",
    "in": "in",
    "1999": "negentien",
}


@pytest.fixture
def files(tmp_path):
    generator = np.random.default_rng(3)
    dim = 24
    directions = np.linalg.qr(generator.normal(size=(dim, dim)))[0][: len(PAIRS)]
    turn = np.linalg.qr(generator.normal(size=(dim, dim)))[0].astype(np.float32)
    # Target words without a translation, so that neighbourhoods are of more than the pairs.
    fillers = generator.normal(size=(20, dim)) * 0.1
    target = [*zip(PAIRS.values(), directions), *zip([f"vul{i}" for i in range(20)], fillers)]
    # A source word is taken to the target by W: x @ W.T.
    source = [*zip(PAIRS, directions @ turn), ("empty", np.zeros(dim))]
    for name, rows in (("source", source), ("target", target)):
        lines = [f"{word} " + " ".join(f"{x:.6f}" for x in vector) for word, vector in rows]
        (tmp_path / f"{name}.vec").write_text(
            f"{len(rows)} {dim}\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
    Mapping(turn, "source_to_target").save(tmp_path / "mapping.npz")
    return {
        "mapping_file": str(tmp_path / "mapping.npz"),
        "source_vectors": str(tmp_path / "source.vec"),
        "target_vectors": str(tmp_path / "target.vec"),
    }


def write(path, sentence):
    path.write_text("".join(f"{word} {tag}\n" for word, tag in sentence), encoding="utf-8")
    return str(path)


def words_of(instances):
    return [instance["metadata"]["words"] for instance in instances]


@pytest.mark.parametrize(
    "word, translation",
    [
        ("house", "huis"),
        ("Germany", "Duitsland"),
        # Found in lower case only: the capitals are carried over.
        ("House", "Huis"),
        ("HOUSE", "HUIS"),
        ("German", "Duits"),
        # The same string is the best translation.
        ("in", "in"),
        # No letter, no translation, although there is a vector.
        ("1999", "1999"),
        ("...", "..."),
        # No vector, or one that says nothing.
        ("Xanadu", "Xanadu"),
        ("empty", "empty"),
    ],
)
def test_translates_a_word(word, translation, files, tmp_path):
    path = write(tmp_path / "file", [(word, "B-LOC")])
    assert words_of(TranslatedConllNerReader(**files).read(path)) == [[translation]]


def test_words_keep_their_tags_and_order(files, tmp_path):
    path = write(tmp_path / "file", [("the", "O"), ("Germany", "B-LOC"), ("house", "I-LOC")])
    (instance,) = TranslatedConllNerReader(tag_scheme="BIO", **files).read(path)
    assert instance["metadata"]["words"] == ["de", "Duitsland", "huis"]
    assert instance["tags"].labels == ["O", "B-LOC", "I-LOC"]
    assert instance["metadata"]["language"] == "source"
    assert instance["metadata"]["sentence"] == "de Duitsland huis"


def test_target_sentences_stay_as_they_are(files, tmp_path):
    path = write(tmp_path / "file", [("the", "O"), ("house", "O")])
    reader = TranslatedConllNerReader(language="target", **files)
    assert words_of(reader.read(path)) == [["the", "house"]]
    assert words_of(reader.read({"source": path, "target": path})) == [
        ["de", "huis"],
        ["the", "house"],
    ]


def test_no_file_is_opened_before_a_source_file_is_read(tmp_path):
    gone = {key: str(tmp_path / "gone") for key in ("mapping_file", "source_vectors")}
    path = write(tmp_path / "file", [("the", "O")])
    reader = TranslatedConllNerReader(language="target", target_vectors="gone", **gone)
    assert words_of(reader.read(path)) == [["the"]]
    with pytest.raises(ConfigurationError, match="gone: there is no mapping file"):
        list(reader.read({"source": path}))


def test_one_dictionary_for_all_readers_of_the_same_files(files, tmp_path, monkeypatch):
    made = []

    class Counted(word_translations.WordTranslations):
        def __init__(self, files):
            made.append(files)
            super().__init__(files)

    monkeypatch.setattr(word_translations, "WordTranslations", Counted)
    path = write(tmp_path / "file", [("the", "O"), ("house", "O")])
    readers = [
        TranslatedConllNerReader(**files),
        TranslatedConllNerReader(language="target", max_length=3, **files),
    ]
    for reader in readers * 2:
        assert words_of(reader.read({"source": path})) == [["de", "huis"]]
    assert len(made) == 1
    assert words_of(TranslatedConllNerReader(max_words=2, **files).read(path)) == [["de", "huis"]]
    assert len(made) == 2


def test_only_the_most_frequent_words(files, tmp_path):
    path = write(tmp_path / "file", [("the", "O"), ("Germany", "B-LOC")])
    reader = TranslatedConllNerReader(max_words=2, **files)
    assert words_of(reader.read(path)) == [["de", "Germany"]]


SENTENCE = [("Germany", "B-PER"), ("house", "I-PER"), ("house", "O"), ("Germany", "B-LOC")]


@pytest.mark.parametrize(
    "copied_types, words",
    [
        (["PER"], ["Germany", "house", "huis", "Duitsland"]),
        (["LOC"], ["Duitsland", "huis", "huis", "Germany"]),
        (["LOC", "PER"], ["Germany", "house", "huis", "Germany"]),
        # A type that the file has not is warned of.
        (["PERSON"], ["Duitsland", "huis", "huis", "Duitsland"]),
    ],
)
def test_copies_words_of_names(copied_types, words, files, tmp_path, caplog):
    path = write(tmp_path / "file", SENTENCE)
    reader = TranslatedConllNerReader(copied_types=copied_types, tag_scheme="BIO", **files)
    (instance,) = reader.read(path)
    assert instance["metadata"]["words"] == words
    assert instance["tags"].labels == [tag for _, tag in SENTENCE]
    is_unknown = "copied_types has PERSON, but the types in this file are LOC, PER" in caplog.text
    assert is_unknown == (copied_types == ["PERSON"])


def test_copies_nothing_without_tags(files, tmp_path):
    (tmp_path / "file").write_text("Germany\nhouse\n", encoding="utf-8")
    reader = TranslatedConllNerReader(copied_types=["PER"], **files)
    assert words_of(reader.read(str(tmp_path / "file"))) == [["Duitsland", "huis"]]


def test_copies_nothing_into_another_script(files, tmp_path, caplog):
    # As many letters, so that the other half of the vectors stays as it is.
    cyrillic = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщ")
    vectors = tmp_path / "target.vec"
    vectors.write_text(vectors.read_text("utf-8").translate(cyrillic), "utf-8")
    path = write(tmp_path / "file", SENTENCE)
    (words,) = words_of(TranslatedConllNerReader(copied_types=["PER"], **files).read(path))
    assert words[1] == "huis".translate(cyrillic)
    assert "words of PER are translated, too" in caplog.text
    assert f"{files['source_vectors']} are LATIN" in caplog.text and "CYRILLIC" in caplog.text


def test_from_params_and_bad_options(files):
    reader = DatasetReader.from_params(Params({"type": "translated_conll_ner", **files}))
    assert isinstance(reader, TranslatedConllNerReader)
    with pytest.raises(ConfigurationError, match="max_words"):
        TranslatedConllNerReader(max_words=0, **files)
    with pytest.raises(ConfigurationError, match='copied_types is "PER", but is to be a list'):
        TranslatedConllNerReader(copied_types="PER", **files)


def test_vectors_of_the_wrong_language(toy, tmp_path):
    path = write(tmp_path / "file", [("the", "O")])
    reader = TranslatedConllNerReader(
        mapping_file=str(toy / "mapping.npz"),
        source_vectors=str(toy / "vectors" / "target.vec"),
        target_vectors=str(toy / "vectors" / "source.vec"),
    )
    with pytest.raises(ConfigurationError, match="Swap"):
        list(reader.read(path))
