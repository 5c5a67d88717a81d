"""`Tagger`, on an archive and on the folder exported from it."""

import json
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import multi_device

from tests.tagger.texts import sentences, texts
from tests.tagger.untrained import untrained
from tests.tiny_runs import ROOT
from xner_allennlp import Tagger
from xner_allennlp.common.errors import InputError
from xner_allennlp.predictors import NerTaggerPredictor
from xner_allennlp.tagger import Entity
from xner_allennlp.tagger.archived import ArchivedTagger

VECTORS = [
    "source_mono",
    "source_mono_random_no_char",
    "cross_word_no_char",
    "cross_word",
    "cross_shared",
    "cross_augmented",
    "translated",
    "supervised",
]
UNSEEN = [["Uns", "seen", "ꙮ", "word"], ["never", "beforen", "Seenissa"]]
PRETRAINED = ["transformer", "transformer_frozen", "transformer_augmented"]


@pytest.fixture(params=["archived", "exported"])
def tagger(request: pytest.FixtureRequest) -> Tagger:
    return request.getfixturevalue(request.param)


def equal_but_for_rounding(ours: List[List[Entity]], others: List[List[Entity]]) -> bool:
    assert [[entity[:4] for entity in each] for each in ours] == [
        [entity[:4] for entity in each] for each in others
    ]
    return all(
        abs(mine.probability - other.probability) <= 1e-5
        for each, other_each in zip(ours, others)
        for mine, other in zip(each, other_each)
    )


@pytest.mark.parametrize("system", [*VECTORS, *PRETRAINED])
def test_an_exported_system_tags_as_its_archive(tmp_path: Path, system: str) -> None:
    model, reader = untrained(system, tmp_path)
    words = [*sentences(40), ["UNKNOWN", "ꙮ", "e\u0301", "x" * 3000], ["@@UNKNOWN@@", "De"]]
    for language in ("target", "source"):
        by_archive = Tagger(ArchivedTagger(model, reader, language))
        if language not in model.languages:
            with pytest.raises(InputError, match="no word vectors of the source language"):
                by_archive.export(tmp_path / language)
            continue
        by_archive.export(tmp_path / language)
        by_folder = Tagger.load(tmp_path / language)
        assert by_folder.entity_types == by_archive.entity_types
        tagged = by_archive.tag(words)
        assert sum(map(len, tagged)) > 20
        assert equal_but_for_rounding(by_folder.tag(words), tagged)
        predictor = NerTaggerPredictor(model, reader, language=language)
        predicted = predictor.predict_batch_json([{"tokens": each} for each in words])
        of_predictor = [
            [Entity(*(entity[key] for key in Entity._fields)) for entity in sentence["entities"]]
            for sentence in predicted
        ]
        assert equal_but_for_rounding(tagged, of_predictor)


def test_an_exported_tagger_with_character_lstms_of_two_sizes(tmp_path: Path) -> None:
    def smaller(config: Dict[str, Any]) -> None:
        config["model"]["character_embedder"]["target_encoder"]["hidden_size"] = 10
        config["model"]["target_encoder"]["input_size"] = 60

    by_archive = Tagger(ArchivedTagger(*untrained("cross_augmented", tmp_path, smaller), "target"))
    by_archive.export(tmp_path / "exported")
    tagged = by_archive.tag(sentences(20))
    assert equal_but_for_rounding(Tagger.load(tmp_path / "exported").tag(sentences(20)), tagged)


@pytest.mark.parametrize("system", ["cross_shared", "cross_word_no_char"])
def test_an_exported_tagger_with_vectors_of_subwords(tmp_path: Path, system: str) -> None:
    def with_subwords(config: Dict[str, Any]) -> None:
        for embedder in config["model"]["word_embedders"].values():
            embedder["subwords"] = True

    model, reader = untrained(system, tmp_path, with_subwords)
    by_archive = Tagger(ArchivedTagger(model, reader, "target"))
    by_archive.export(tmp_path / "exported")
    words = [*sentences(20), *UNSEEN, ["x" * 3000], ["@@UNKNOWN@@", "De"]]
    by_folder = Tagger.load(tmp_path / "exported")
    tagged = by_archive.tag(words)
    assert equal_but_for_rounding(by_folder.tag(words), tagged)
    model.word_embedders["target"].subwords = None
    assert Tagger(ArchivedTagger(model, reader, "target")).tag(words) != tagged


def test_a_text_a_list_and_an_iterator_give_the_same(tagger: Tagger) -> None:
    given = texts(30)
    as_list = tagger.tag(given)
    assert sum(map(len, as_list)) > 20
    assert equal_but_for_rounding([tagger.tag(text) for text in given], as_list)
    assert equal_but_for_rounding(list(tagger.tag(iter(given), batch_size=3)), as_list)
    assert tagger.tag([]) == [] and tagger.tag("") == [] and tagger.tag([" \n", []]) == [[], []]


def test_offsets_are_those_of_the_whole_text(tagger: Tagger) -> None:
    given = texts(30)
    document = "\n\n".join(given)
    entities = tagger.tag(document)
    expected, start = [], 0
    for text, found in zip(given, tagger.tag(given)):
        expected += [e._replace(start=e.start + start, end=e.end + start) for e in found]
        start += len(text) + 2
    assert equal_but_for_rounding([entities], [expected])
    assert all(document[e.start : e.end] == e.text for e in entities)


def test_a_document_of_any_length_is_tagged_to_its_end(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = texts(30)
    monkeypatch.setattr("xner_allennlp.tagger.tagger._SENTENCES_AT_ONCE", 7)
    expected = sum(map(len, tagger.tag(given)))
    assert len(tagger.tag("\n\n".join(given * 3))) == 3 * expected
    # One sentence of thousands of words.
    words = [word for text in sentences(30) for word in text if word != "."]
    [found] = tagger.tag([words * 10])
    assert found[-1].start > 0.9 * len(" ".join(words * 10))


def test_an_iterator_is_read_only_as_far_as_needed(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xner_allennlp.tagger.tagger._SENTENCES_AT_ONCE", 4)
    read = []

    def endless():
        while True:
            for text in texts(10):
                read.append(text)
                yield text

    tagged = tagger.tag(endless())
    for _ in range(6):
        next(tagged)
    assert len(read) <= 8
    # Texts without a word are answered, too.
    empty = iter(lambda: read.append("") or "", None)
    assert next(tagger.tag(empty)) == [] and len(read) <= 12


def test_a_threshold_leaves_out(tagger: Tagger) -> None:
    given = texts(40)
    everything = tagger.tag(given)
    probabilities = sorted(entity.probability for each in everything for entity in each)
    middle = probabilities[len(probabilities) // 2]
    above = [[entity for entity in each if entity.probability >= middle] for each in everything]
    assert above != everything
    assert tagger.tag(given, threshold=middle) == above
    kind = above[next(i for i, each in enumerate(above) if each)][0].type
    assert tagger.tag(given, threshold={kind: 1.0}) == [
        [entity for entity in each if entity.type != kind or entity.probability >= 1.0]
        for each in everything
    ]


def test_a_threshold_is_of_the_probabilities_that_are_shown(tagger: Tagger) -> None:
    # They are rounded: one that is shown as 0.395503 may be a little less.
    everything = tagger.tag(texts(20))
    shown = sorted({entity.probability for each in everything for entity in each})
    for threshold in shown[:: len(shown) // 10]:
        assert tagger.tag(texts(20), threshold=threshold) == [
            [entity for entity in each if entity.probability >= threshold] for each in everything
        ]


@pytest.mark.parametrize(
    "given, options, message",
    [
        ("text", {"threshold": {"PERSON": 0.5}}, "names the types PERSON; this tagger finds"),
        ("text", {"threshold": {0: 0.5}}, "names the types 0; this tagger finds"),
        (b"text", {}, "a text, a list or an iterator is wanted, got bytes"),
        ({"text": "text"}, {}, "a text, a list or an iterator is wanted, got dict"),
        ({"text"}, {}, "a text, a list or an iterator is wanted, got set"),
        ("text", {"threshold": 50}, "no probability"),
        ("text", {"batch_size": 0}, "batch_size is 0; give a whole number of at least 1"),
        ("text", {"batch_size": 2.5}, "batch_size is 2.5; give a whole number of at least 1"),
        ("text", {"batch_size": "8"}, "batch_size is '8'; give a whole number of at least 1"),
        (5, {}, "int"),
        ([5], {}, "5 is neither a text nor a list of words"),
        ([["a", ""]], {}, "not empty"),
    ],
)
def test_wrong_arguments(exported: Tagger, given, options, message: str) -> None:
    with pytest.raises(InputError, match=message):
        exported.tag(given, **options)


def test_broken_text_is_tagged(tagger: Tagger) -> None:
    [sentence] = texts(1)
    noise = random.Random(1)
    broken = "\ud800" + "".join(chr(noise.randrange(0x110000)) for _ in range(300)) + "\n\n"
    entities = tagger.tag(broken + sentence)
    assert all((broken + sentence)[e.start : e.end] == e.text for e in entities)
    assert [e.text for e in tagger.tag(sentence)] == [
        e.text for e in entities if e.start >= len(broken)
    ]


LIGHT = """
import sys
for name in ("allennlp", "spacy", "scipy", "sklearn", "transformers", "torchvision", "matplotlib"):
    assert name not in sys.modules
    sys.modules[name] = None  # Importing it is an error.
from xner_allennlp import Tagger
tagger = Tagger.load(sys.argv[1])
print([list(entity) for entity in tagger.tag(sys.argv[2])])
tagger.export(sys.argv[3])
assert Tagger.load(sys.argv[3]).tag(sys.argv[2]) == tagger.tag(sys.argv[2])
"""


def test_a_folder_needs_no_allennlp(folder: Path, exported: Tagger, tmp_path: Path) -> None:
    text = "\n\n".join(texts(10))
    program = [sys.executable, "-c", LIGHT, str(folder), text, str(tmp_path / "again")]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([list(entity) for entity in exported.tag(text)])


def test_a_plugin_is_registered_whether_or_not_allennlp_came_first() -> None:
    for imports in ("allennlp.models, xner_allennlp", "xner_allennlp.plugin, allennlp.models"):
        program = f"import {imports}; allennlp.models.Model.by_name('cross_lingual_crf_tagger')"
        subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, check=True)


def test_an_archive_needs_allennlp(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(b"")
    program = """
import sys
sys.modules["allennlp"] = None
from xner_allennlp import Tagger
from xner_allennlp.common.errors import InputError
for path in sys.argv[1:]:
    try:
        Tagger.load(path)
    except InputError as error:
        print(error)
"""
    paths = [str(tmp_path / "model.tar.gz"), str(tmp_path / "nowhere")]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    archive, nowhere = done.stdout.splitlines()
    assert "to read an archive AllenNLP is needed" in archive and "xner-tagger export" in archive
    assert "nowhere is no tagger" in nowhere


def test_an_exported_folder_has_one_language(folder: Path) -> None:
    assert Tagger.load(folder, language="target").entity_types
    with pytest.raises(InputError, match="tags 'target', not 'source': export the archive again"):
        Tagger.load(folder, language="source")


def test_a_tagger_may_be_sent_to_other_processes(exported: Tagger) -> None:
    given = texts(5)
    assert pickle.loads(pickle.dumps(exported)).tag(given) == exported.tag(given)


def test_a_path_without_a_tagger(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="is no tagger .*: name a folder that"):
            Tagger.load(path)


def test_the_folder_of_learn(archived: Tagger, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "portability" / "modern.tar.gz", tmp_path / "model.tar.gz")
    assert Tagger.load(tmp_path).tag(texts(5)) == archived.tag(texts(5))


def test_the_folder_of_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"mapper": {"preset": "cpu"}}')
    with pytest.raises(
        ConfigurationError, match="its config.json names no model; give a model.tar"
    ):
        Tagger.load(tmp_path)


def test_an_archive_has_the_languages_of_its_tagger() -> None:
    archive = ROOT / "tests" / "portability" / "modern.tar.gz"
    with pytest.raises(InputError, match="reads source, target, not 'source_xx': give one"):
        Tagger.load(archive, language="source_xx")


@multi_device
def test_every_device_tags_the_same(folder: Path, exported: Tagger, device: str) -> None:
    by_cpu = exported.tag(sentences(20))
    for path in (folder, ROOT / "tests" / "portability" / "modern.tar.gz"):
        tagger = Tagger.load(path, device=device)
        assert equal_but_for_rounding(tagger.tag(sentences(20)), by_cpu)


@pytest.mark.parametrize("device", ["banana", "cuda:99", "meta", "mps"])
def test_a_device_that_is_not_there(folder: Path, device: str) -> None:
    for path in (folder, ROOT / "tests" / "portability" / "modern.tar.gz"):
        with pytest.raises(InputError, match=f"the device {device} cannot be used here"):
            Tagger.load(path, device=device)


# --- folders that are not whole


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("config.json", None, "cannot be read"),
        ("config.json", b"{", "cannot be read"),
        ("config.json", b"{}", "does not describe an exported tagger"),
        ("vocabulary.json", b"{}", "KeyError: 'words'"),
        ("vocabulary.json", None, "cannot be read"),
        ("model.safetensors", b"half", "no whole exported tagger"),
        ("model.safetensors", None, "no whole exported tagger"),
    ],
)
def test_a_folder_that_is_not_whole(
    folder: Path, tmp_path: Path, name: str, content, message: str
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / name).unlink()
    if content is not None:
        (tmp_path / "copy" / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        Tagger.load(tmp_path / "copy")


def test_weights_of_another_network(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["network"]["common_dim"] += 1
    (tmp_path / "copy" / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="size mismatch"):
        Tagger.load(tmp_path / "copy")


def test_a_later_format(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (tmp_path / "copy" / "config.json").write_text(json.dumps({**config, "version": 2}))
    with pytest.raises(InputError, match="has format version 2"):
        Tagger.load(tmp_path / "copy")


def test_an_interrupted_export_is_made_again(
    exported: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("xner_allennlp.tagger.folder._write_json", interrupted)
        exported.export(tmp_path / "out")
    (tmp_path / "out" / f".model.safetensors.{'0' * 32}.tmp").write_text("half")
    exported.export(tmp_path / "out")
    assert Tagger.load(tmp_path / "out").tag(texts(5)) == exported.tag(texts(5))
    assert not list((tmp_path / "out").glob(".*"))


def test_nothing_is_overwritten(exported: Tagger, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    for path in (tmp_path, tmp_path / "mine"):
        with pytest.raises(InputError, match="exists already"):
            exported.export(path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
