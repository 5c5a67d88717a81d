"""The spaCy component, in blank pipelines."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
import spacy
import srsly
from allennlp.common.checks import ConfigurationError
from spacy.tokens import Span

from tests.tagger.texts import texts
from xner_allennlp import Tagger
from xner_allennlp.common.errors import InputError
from xner_allennlp.tagger import spacy_component  # noqa: F401  (an installation has an entry point)


@pytest.fixture(params=["nl", "en", "de", "fi", "ar", "xx"])
def nlp(request: pytest.FixtureRequest, folder: Path) -> spacy.Language:
    nlp = spacy.blank(request.param)
    nlp.add_pipe("xner", config={"model": str(folder)})
    return nlp


def test_entities_and_their_probabilities(nlp: spacy.Language, exported: Tagger) -> None:
    given = texts(20)
    for doc, entities in zip(nlp.pipe(given, batch_size=3), exported.tag(given)):
        spans = doc.spans["xner"]
        assert [(span.text, span.label_) for span in spans] == [e[:2] for e in entities]
        assert spans.attrs["scores"] == [e.probability for e in entities]
        assert [(e.text, e.label_) for e in doc.ents] == [e[:2] for e in entities]
    assert [(e.text, e.label_) for e in nlp(given[0]).ents] == [
        e[:2] for e in exported.tag(given[0])
    ]
    assert nlp("").ents == ()


@pytest.mark.parametrize("in_bytes", [False, True])
def test_it_is_saved_with_the_pipeline(folder: Path, tmp_path: Path, in_bytes: bool) -> None:
    made_from = tmp_path / "made_from"
    shutil.copytree(folder, made_from)
    nlp = spacy.blank("nl")
    nlp.add_pipe("xner", config={"model": str(made_from), "threshold": {"PER": 0.5}})
    nlp.to_disk(tmp_path / "pipeline")
    content = nlp.to_bytes()
    made_from.rename(tmp_path / "elsewhere")
    if in_bytes:
        again = spacy.blank("nl").from_config(nlp.config).from_bytes(content)
    else:
        again = spacy.load(tmp_path / "pipeline")
    for ours, theirs in zip(nlp.pipe(texts(10)), again.pipe(texts(10))):
        assert [(e.text, e.label_) for e in ours.ents] == [(e.text, e.label_) for e in theirs.ents]
        assert ours.spans["xner"].attrs == theirs.spans["xner"].attrs


@pytest.mark.parametrize("other", ["an empty folder", "a file", "below a file", "an archive"])
def test_it_is_loaded_where_something_else_is_in_the_taggers_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    made_from = tmp_path / "place" / "made_from"
    shutil.copytree(folder, made_from)
    nlp = spacy.blank("nl")
    nlp.add_pipe("xner", config={"model": str(made_from)})
    nlp.to_disk(tmp_path / "pipeline")
    shutil.rmtree(made_from.parent)
    if other == "an empty folder":
        made_from.mkdir(parents=True)
    elif other == "below a file":
        made_from.parent.touch()
    else:
        made_from.parent.mkdir()
        made_from.write_bytes(b"something else")
    if other == "an archive":
        # Which nothing here can read, as without AllenNLP.
        monkeypatch.setitem(sys.modules, "xner_allennlp.tagger.archived", None)
    again = spacy.load(tmp_path / "pipeline")
    assert [e.text for e in nlp(texts(1)[0]).ents] == [e.text for e in again(texts(1)[0]).ents]
    # Of a new pipeline the error is told when it is used.
    new = spacy.blank("nl")
    new.add_pipe("xner", config={"model": str(made_from)})
    with pytest.raises(ConfigurationError if other == "a file" else InputError, match="made_from"):
        new("text")


def test_bytes_write_nowhere_else(folder: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("nl")
    component = nlp.add_pipe("xner", config={"model": str(folder)})
    for name in ("../evil", str(tmp_path / "evil"), ".."):
        with pytest.raises(InputError, match="a file named"):
            component.from_bytes(srsly.msgpack_dumps({name: b"evil"}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("overwrite", [False, True])
def test_entities_that_were_there(folder: Path, exported: Tagger, overwrite: bool) -> None:
    text = next(text for text, found in zip(texts(20), exported.tag(texts(20))) if found)
    [first, *others] = exported.tag(text)
    nlp = spacy.blank("xx")

    @spacy.Language.component("rules")
    def rules(doc):  # type: ignore[no-untyped-def]
        span = doc.char_span(first.start, first.end, alignment_mode="expand")
        doc.set_ents([Span(doc, span.start, span.end, label="MINE")])
        return doc

    nlp.add_pipe("rules")
    nlp.add_pipe("xner", config={"model": str(folder), "overwrite_ents": overwrite})
    labels = [first.type if overwrite else "MINE", *(e.type for e in others)]
    assert [entity.label_ for entity in nlp(text).ents] == labels


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_long_entity_that_was_there_goes_or_stays_whole(
    folder: Path, exported: Tagger, overwrite: bool
) -> None:
    text = next(text for text, found in zip(texts(20), exported.tag(texts(20))) if len(found) > 1)
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder), "overwrite_ents": overwrite})
    doc = nlp.make_doc(text)
    doc.set_ents([Span(doc, 0, len(doc), label="MINE")])
    labels = [entity.type for entity in exported.tag(text)] if overwrite else ["MINE"]
    assert [entity.label_ for entity in nlp(doc).ents] == labels


def test_tokens_outside_of_entities_are_known_to_be(folder: Path) -> None:
    # With unknown ones, what is tagged here would teach spaCy's own components nothing.
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder)})
    docs = list(nlp.pipe([*texts(10), "."]))
    assert {token.ent_iob_ for doc in docs for token in doc} == {"B", "I", "O"}
    assert all(doc.has_annotation("ENT_IOB") for doc in docs)


@pytest.mark.parametrize(
    "of_pipe, expected", [(None, [4, 4, 2]), (3, [3, 3, 3, 1]), (9, [4, 4, 2])]
)
def test_batch_size_bounds_what_is_tagged_at_once(
    folder: Path,
    exported: Tagger,
    monkeypatch: pytest.MonkeyPatch,
    of_pipe: Optional[int],
    expected: List[int],
) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder), "batch_size": 4})
    tag, numbers = Tagger.tag, []

    def counted(self: Tagger, given: List[str], **options: Any) -> Any:
        numbers.append(len(given))
        return tag(self, given, **options)

    monkeypatch.setattr(Tagger, "tag", counted)
    assert len(list(nlp.pipe(texts(10), batch_size=of_pipe))) == 10
    assert numbers == expected


def test_it_is_saved_again_into_the_same_folder(folder: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder)})
    nlp.to_disk(tmp_path)
    changes = {"components.xner.model": None}
    again = spacy.load(tmp_path, config=changes)
    again.to_disk(tmp_path)
    assert os.listdir(tmp_path / "xner") == ["tagger"]
    assert sorted(os.listdir(tmp_path / "xner" / "tagger")) == sorted(os.listdir(folder))
    for ours, theirs in zip(
        nlp.pipe(texts(5)), spacy.load(tmp_path, config=changes).pipe(texts(5))
    ):
        assert [(e.text, e.label_) for e in ours.ents] == [(e.text, e.label_) for e in theirs.ents]


def test_a_threshold_and_a_missing_tagger(folder: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder), "threshold": 1.0})
    assert all(not doc.ents for doc in nlp.pipe(texts(10)))
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder), "threshold": {"PER": 1.0}})
    assert {e.label_ for doc in nlp.pipe(texts(10)) for e in doc.ents} - {"PER"}
    empty = spacy.blank("xx")
    empty.add_pipe("xner")
    with pytest.raises(InputError, match="xner has no tagger: give config"):
        empty("text")
    missing = spacy.blank("xx")
    missing.add_pipe("xner", config={"model": "nowhere"})
    with pytest.raises(InputError, match="nowhere is no tagger .*: name a folder"):
        missing("text")


@pytest.mark.parametrize(
    "setting, message",
    [
        ({"threshold": 2}, "the threshold 2.* is no probability; give a number from 0 to 1"),
        ({"threshold": {"PER": -0.5}}, "the threshold -0.5 is no probability; give a number"),
        ({"threshold": {"CITY": 0.5}}, "names the types CITY; this tagger finds LOC, MISC, ORG, "),
        ({"batch_size": 0}, "batch_size is 0; give at least 1, or leave it out"),
    ],
    ids=["above 1", "below 0", "another type", "batch_size"],
)
def test_wrong_settings_are_refused_at_once(
    folder: Path, setting: Dict[str, Any], message: str
) -> None:
    nlp = spacy.blank("xx")
    with pytest.raises(InputError, match=message):
        nlp.add_pipe("xner", config={"model": str(folder), **setting})
    assert nlp.pipe_names == []


def test_wrong_settings_of_a_saved_pipeline(folder: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder)})
    nlp.to_disk(tmp_path)
    changes = {"components.xner.model": None, "components.xner.threshold": 2.0}
    with pytest.raises(InputError, match="the threshold 2.0 is no probability"):
        spacy.load(tmp_path, config=changes)
