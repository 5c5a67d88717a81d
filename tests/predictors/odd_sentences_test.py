"""Sentences of unusual size and script, through the reader, a trained model and bulk tagging."""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from tests.tiny_runs import tiny_config, train
from xner_allennlp.commands.bulk import PartTagger
from xner_allennlp.spans import entity_spans

LONG = 10_000
SENTENCES: Dict[str, str] = {
    "300 words": " ".join(f"word{number}" for number in range(300)),
    "a token of 10,000 letters": f"Jan {'a' * LONG} slaapt",
    "10,000 marks on one letter": "e" + "\u0301" * LONG,
    "right to left": "נולד בתל אביב، وزار القاهرة في عام ٢٠١٩",
    "right to left, with marks": "\u202bשָׁלוֹם\u202c \u200fمَرْحَبًا\u200f",
    "combining": "Ame\u0301lie et Zoe\u0308 à Sa\u0303o Paulo; नमस्ते दिल्ली; สวัสดีกรุงเทพ",
    "emoji": "Jan 👩\u200d👩\u200d👧\u200d👦 woont 🇳🇱 in 👍🏽 Goes ❤\ufe0f!",
    "no spaces between words": "私は東京に住んでいます",
    "astral": "𝔸𝕞𝕤𝕥𝕖𝕣𝕕𝕒𝕞 𐎠𐎡 🜁",
    "a capital of two letters when small": "İstanbul ist ǅ ŉ ﬁ",
    "odd spaces": "a\u00a0b\u2028c\u0085d\u3000e",
    "empty": "",
    "blank": " \t\u00a0 ",
    "invisible": "\u200b\u200e\ufeff",
}


@pytest.fixture(scope="module", params=["cross_shared", "transformer"])
def archive(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """Of a model that reads characters, and of one that reads a transformer's pieces."""
    folder = tmp_path_factory.mktemp("odd")
    train(tiny_config(request.param, folder / "data", sentences=24), folder / "run")
    return str(folder / "run" / "model.tar.gz")


@pytest.fixture(scope="module")
def predictor(archive: str) -> Predictor:
    return Predictor.from_archive(load_archive(archive), "ner_tagger")


def check(output: Dict[str, Any], text: str) -> None:
    assert output["sentence"] == text
    assert len(output["tags"]) == len(output["tokens"])
    start = 0
    for token in output["tokens"]:
        start = text.index(token, start) + len(token)
    assert len(output["entities"]) == len(entity_spans(output["tags"]))
    for entity in output["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
        assert 0 <= entity["probability"] <= 1


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
def test_one_at_a_time(predictor: Predictor, text: str) -> None:
    output = predictor.predict_json({"sentence": text})
    check(output, text)
    assert json.loads(predictor.dump_line(output)) == output


def test_together(predictor: Predictor) -> None:
    """In one batch a sentence gets the tags that it gets alone."""
    outputs = predictor.predict_batch_json([{"sentence": text} for text in SENTENCES.values()])
    for output, text in zip(outputs, SENTENCES.values()):
        check(output, text)
        assert output["tags"] == predictor.predict_json({"sentence": text})["tags"]
    sizes = dict(zip(SENTENCES, (len(output["tokens"]) for output in outputs)))
    assert sizes["300 words"] == 300
    assert sizes["a token of 10,000 letters"] == 3
    assert sizes["empty"] == sizes["blank"] == sizes["invisible"] == 0


def test_bulk_tagging(archive: str, predictor: Predictor, tmp_path: Path) -> None:
    """What `tag-corpus` writes: a line for each line."""
    lines = [text.replace("\u2028", " ") for text in SENTENCES.values()] * 2
    data = "".join(f"{line}\n" for line in lines).encode("utf-8")
    source, target = tmp_path / "input.txt", tmp_path / "part-00000.jsonl"
    source.write_bytes(data)
    state = source.stat()
    task = {
        "path": str(source),
        "path_size": state.st_size,
        "path_mtime_ns": state.st_mtime_ns,
        "first_line": 1,
        "lines": len(lines),
        "offset": 0,
        "size": len(data),
        "output": str(target),
        "number": 0,
    }
    PartTagger(archive, language="target", output_format="json", batch_size=5)(task)
    written = target.read_text("utf-8").split("\n")[:-1]
    assert len(written) == len(lines)
    for line, text in zip(written, lines):
        check(json.loads(line), text.strip("\ufeff"))


def test_a_corpus_of_them(predictor: Predictor, tmp_path: Path) -> None:
    """A CoNLL file of these tokens, through the reader."""
    sentences: List[List[str]] = [
        predictor._dataset_reader.tokenizer.tokenize(text)  # type: ignore[attr-defined]
        for text in SENTENCES.values()
    ]
    words = [[token.text for token in tokens] for tokens in sentences if tokens]  # type: ignore
    path = tmp_path / "odd.conll"
    path.write_text(
        "".join("".join(f"{word} O\n" for word in tokens) + "\n\n" for tokens in words), "utf-8"
    )
    instances = list(predictor._dataset_reader.read(str(path)))  # type: ignore[attr-defined]
    outputs = predictor.predict_batch_instance(instances)
    assert [output["tokens"] for output in outputs] == words
