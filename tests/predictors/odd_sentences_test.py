"""Sentences of unusual size and script, through the reader, a trained model and bulk tagging."""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from allennlp.commands.evaluate import evaluate_from_archive
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from tests.tiny_runs import ROOT, tiny_config, train
from xner_allennlp import Tagger
from xner_allennlp.commands.bulk import PartTagger
from xner_allennlp.data import read_conll_file
from xner_allennlp.spans import entity_spans, to_iob2
from xner_allennlp.spans.scores import score_tags

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


def test_all_ways_find_the_same_entities(
    archive: str, predictor: Predictor, tmp_path: Path
) -> None:
    """`evaluate`, `predict` of a corpus and of lines, `tag-corpus` and `Tagger`."""
    toy = read_conll_file(ROOT / "fixtures" / "toy" / "ner" / "target.testb")
    words = [sentence.words for sentence in toy.sentences[:20]]
    gold = [to_iob2(sentence.tags or []) for sentence in toy.sentences[:20]]
    tokenizer = predictor._dataset_reader.tokenizer  # type: ignore[attr-defined]
    for text in SENTENCES.values():
        tokens = [token.text for token in tokenizer.tokenize(text)]
        if tokens:
            words.append(tokens)
            gold.append(["B-PER", *["O"] * (len(tokens) - 1)])
    words.append(["_", "#", "Jan"])
    gold.append(["O", "O", "B-PER"])
    # With comments, word numbers, a blank token, other spellings of tags.
    corpus = tmp_path / "odd.tsv"
    with open(corpus, "w", encoding="utf-8") as file:
        for sentence, tags in zip(words, gold):
            file.write("# sent_id = 1\n")
            for place, (word, tag) in enumerate(zip(sentence, tags), start=1):
                file.write(f"{place}\t{'' if word == '_' else word}\t{tag.replace('-', '_')}\n")
            file.write("\n")
    metrics = evaluate_from_archive(archive, str(corpus))
    reader = predictor._dataset_reader
    of_corpus = predictor.predict_batch_instance(list(reader.read(str(corpus))))
    lines = [json.dumps({"tokens": sentence}) for sentence in words]
    of_lines = predictor.predict_batch_json([json.loads(line) for line in lines])
    in_bulk = tagged_in_bulk(archive, lines, tmp_path)
    predicted = [output["tags"] for output in of_corpus]
    assert [output["tags"] for output in of_lines] == predicted
    assert [output["tags"] for output in in_bulk] == predicted
    assert [output["tokens"] for output in of_corpus] == words
    for entities, output in zip(Tagger.load(archive).tag(words), of_corpus):
        assert [(e.type, e.start, e.end) for e in entities] == [
            (e["type"], e["start"], e["end"]) for e in output["entities"]
        ]
    scores = score_tags(gold, predicted).overall
    for name in ("precision", "recall", "f1"):
        assert metrics[f"target_{name}"] == pytest.approx(getattr(scores, name))


def test_nothing_to_score(archive: str, tmp_path: Path) -> None:
    """`evaluate` of a file without tags is refused, and not answered with no metrics."""
    for content in ("Jan\nslaapt\n", "Jan _ _ _\nslaapt _ _ _\n"):
        (tmp_path / "untagged").write_text(content)
        with pytest.raises(ConfigurationError, match="nothing to score: the sentences have"):
            evaluate_from_archive(archive, str(tmp_path / "untagged"))


def test_bulk_tagging(archive: str, tmp_path: Path) -> None:
    """What `tag-corpus` writes: a line for each line."""
    lines = [text.replace("\u2028", " ") for text in SENTENCES.values()] * 2
    for output, text in zip(tagged_in_bulk(archive, lines, tmp_path), lines):
        check(output, text.strip("\ufeff"))


def tagged_in_bulk(archive: str, lines: List[str], tmp_path: Path) -> List[Dict[str, Any]]:
    """What a worker of `tag-corpus` writes, a line for each line."""
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
    return [json.loads(line) for line in written]


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
