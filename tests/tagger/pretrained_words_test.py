"""Taggers with a pretrained encoder, exported from their archives."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
import torch
from safetensors.torch import load_file

from tests.predictors.odd_sentences_test import SENTENCES
from tests.pretrained.encoders import changed_encoder
from tests.tagger.tagger_test import equal_but_for_rounding
from tests.tagger.texts import sentences, texts
from tests.tagger.untrained import untrained
from tests.tiny_runs import ROOT
from xner_allennlp import Tagger
from xner_allennlp.common.errors import InputError
from xner_allennlp.tagger import spacy_component  # noqa: F401  (an installation has an entry point)
from xner_allennlp.tagger.archived import ArchivedTagger

# The toy world's encoder has 64 positions.
LONG = [word for words in sentences(40) for word in words]
ODD = [["\x01", "De"], ["De", "\u200b\u200b", "x" * 3000], ["e\u0301", "ꙮ", "[CLS]", "[UNK]"]]


def words_of(texts: List[str]) -> List[List[str]]:
    return [words for words in map(str.split, texts) if words]


def embedder(config: Any, **options: Any) -> None:
    config["model"]["word_embedders"]["both"].update(options)


def untrained_archive(folder: Path, **options: Any) -> Tagger:
    folder.mkdir(exist_ok=True)
    model, reader = untrained("transformer", folder, lambda config: embedder(config, **options))
    return Tagger(ArchivedTagger(model, reader))


@pytest.fixture(name="archived", scope="module")
def _archived(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    return untrained_archive(tmp_path_factory.mktemp("untrained"))


@pytest.fixture(name="folder", scope="module")
def _folder(archived: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported, and moved."""
    path = tmp_path_factory.mktemp("exported")
    archived.export(path / "tagger")
    (path / "tagger").rename(path / "moved")
    return path / "moved"


@pytest.mark.parametrize(
    "options",
    [{}, {"pooling": "mean", "longest": 7}, {"layers": [0, 1]}, {"layers": [1, 2], "longest": 30}],
)
def test_an_export_tags_as_its_archive(tmp_path: Path, options: Any) -> None:
    archived = untrained_archive(tmp_path / "untrained", **options)
    archived.export(tmp_path / "tagger")
    exported = Tagger.load(tmp_path / "tagger")
    given = [*sentences(20), LONG, *ODD, *words_of([*SENTENCES.values()])]
    for batch_size in (None, 1):
        tagged = archived.tag(given, batch_size=batch_size)
        assert sum(map(len, tagged)) > 100
        assert equal_but_for_rounding(exported.tag(given, batch_size=batch_size), tagged)


def test_half_precision_stays(archived: Tagger, folder: Path, tmp_path: Path) -> None:
    model, reader = untrained("transformer", tmp_path)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.half())
    halved = Tagger(ArchivedTagger(model, reader))
    halved.export(tmp_path / "tagger")
    exported = Tagger.load(tmp_path / "tagger")
    exported.export(tmp_path / "again")
    for path, expected in (("tagger", torch.half), ("again", torch.half), (folder, torch.float)):
        weights = load_file(tmp_path / path / "model.safetensors")
        assert {tensor.dtype for tensor in weights.values()} == {expected}
    assert equal_but_for_rounding(exported.tag([LONG]), halved.tag([LONG]))


LIGHT = """
import socket, sys
sys.modules["allennlp"] = sys.modules["transformers"] = None  # Importing them is an error.
def refuse(*arguments):
    raise AssertionError("a network is asked for")
socket.socket.connect = socket.getaddrinfo = refuse
from xner_allennlp import Tagger
tagger = Tagger.load(sys.argv[1])
print([list(entity) for entity in tagger.tag(sys.argv[2])])
tagger.export(sys.argv[3])
assert Tagger.load(sys.argv[3]).tag(sys.argv[2]) == tagger.tag(sys.argv[2])
assert not any(name.split(".")[0] == "spacy" for name in sys.modules)
"""


def run_light(program: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_it_needs_neither_allennlp_nor_transformers_nor_a_network(
    archived: Tagger, folder: Path, tmp_path: Path
) -> None:
    text = "\n\n".join(texts(10))
    done = run_light(LIGHT, folder, text, tmp_path / "again")
    assert (done.returncode, done.stderr) == (0, "")
    found = [[*each[:4], pytest.approx(each[4], abs=1e-5)] for each in archived.tag(text)]
    assert json.loads(done.stdout.replace("'", '"')) == found


@pytest.fixture(name="of_another_kind", scope="module")
def _of_another_kind(tmp_path_factory: pytest.TempPathFactory) -> Tuple[Tagger, Path]:
    """A tagger whose encoder is not of BERT's architecture, and its folder."""
    folder = tmp_path_factory.mktemp("electra")

    def change(config: Any) -> None:
        encoder = changed_encoder(folder / "encoder", "config.json", become_electra)
        embedder(config, pretrained_file=encoder)
        config["vocabulary"]["encoder"] = encoder

    def become_electra(config: Any) -> None:
        config.update(model_type="electra", embedding_size=32)

    model, reader = untrained("transformer", folder, change)
    tagger = Tagger(ArchivedTagger(model, reader))
    tagger.export(folder / "tagger")
    return tagger, folder / "tagger"


def test_an_encoder_of_another_kind(of_another_kind: Tuple[Tagger, Path]) -> None:
    archived, folder = of_another_kind
    given = [*sentences(20), LONG]
    assert equal_but_for_rounding(Tagger.load(folder).tag(given), archived.tag(given))


def test_without_transformers(of_another_kind: Tuple[Tagger, Path]) -> None:
    program = (
        "import sys; sys.modules['transformers'] = None; "
        "from xner_allennlp.console.tagger import main; sys.exit(main(sys.argv[1:]))"
    )
    done = run_light(program, "serve", of_another_kind[1], "--port", "0")
    assert done.returncode == 2
    assert "encoder of type electra, which needs the library transformers" in done.stderr
    assert done.stderr.endswith("install it: pip install transformers\n")


def test_in_spacy(archived: Tagger, folder: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("xner", config={"model": str(folder)})
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline", config={"components.xner.model": None})
    for pipeline in (nlp, again):
        for doc, entities in zip(pipeline.pipe(texts(10)), archived.tag(texts(10))):
            assert [(e.text, e.label_) for e in doc.spans["xner"]] == [e[:2] for e in entities]


def test_it_is_served(archived: Tagger, folder: Path) -> None:
    pytest.importorskip("fastapi", reason="FastAPI comes with the extra serve")
    from tests.console.tagger.serve_test import tagged
    from tests.serving.server import served

    text = "\n\n".join(texts(10))
    with served(str(folder)) as (address, _):
        from_server = tagged(address, text)
    assert [each[:4] for each in from_server] == [each[:4] for each in archived.tag(text)]


def change(path: Path, key: str, value: Any) -> None:
    content = json.loads(path.read_text("utf-8"))
    content["network"]["pretrained_encoder"]["config"][key] = value
    path.write_text(json.dumps(content), "utf-8")


def test_a_folder_that_is_not_whole(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    change(copy / "config.json", "hidden_size", 64)
    with pytest.raises(InputError, match="size mismatch"):
        Tagger.load(copy)
    change(copy / "config.json", "model_type", "next_years")
    with pytest.raises(InputError, match="transformers does not know the model_type 'next_years'"):
        Tagger.load(copy)
    (copy / "tokenizer.json").write_text('{"model": {"type": "NextYears"}}', "utf-8")
    with pytest.raises(InputError, match="tokenizers cannot read the encoder's tokenizer.json"):
        Tagger.load(copy)
    (copy / "tokenizer.json").unlink()
    with pytest.raises(InputError, match="tokenizer.json cannot be read"):
        Tagger.load(copy)
