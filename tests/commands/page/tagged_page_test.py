from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands.page.made_page import HOSTILE, page, sentences
from tests.experiments.trained_run import TARGET_CORPUS
from xner_allennlp.commands.page import judge_file
from xner_allennlp.commands.page.tagged_page import _score
from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.predictors import NerTaggerPredictor
from xner_allennlp.spans import entity_spans

_VOID = {"meta", "link", "input"}


class Page(HTMLParser):
    """Checks nesting, and collects the text of each sentence's words and of its labels."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.tags: List[Tuple[str, Dict[str, Optional[str]]]] = []
        self.articles: List[Dict[str, List[str]]] = []
        self.headers: List[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "article":
            self.articles.append({"words": [], "labels": []})

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open or "style" in self.open:
            return
        self.text += data
        if self.open[-1:] == ["bdo"]:
            self.articles[-1]["labels"].append(data)
        elif self.open[-3:] == ["p", "span", "span"] and data.strip():
            self.articles[-1]["words"].append(data)
        elif self.open[-2:] == ["article", "header"]:
            self.headers.append(data)


def test_errors_first_and_everything_escaped() -> None:
    html = page()
    parsed = Page(html)
    assert parsed.headers == [
        "sentence 4, 2 errors",
        "sentence 3, 1 error",
        "sentence 1",
        "sentence 2",
    ]
    arabic, hostile, right, empty = parsed.articles
    assert hostile["words"] == [f"{word} " for word in HOSTILE]
    assert hostile["labels"] == ["✗ LOC 0.25", '✗ <b>"T"</b>']
    assert arabic["labels"] == ["✗ ORG 0.71", "✗ ORG", "✗ PER 0.40", "✗ LOC"]
    assert right["labels"] == ["LOC 1.00", "LOC"]
    assert empty["words"] == ["nothing ", "here "] and empty["labels"] == []
    assert "Title <x>" in parsed.text and "Model: a&b" in parsed.text
    # One script of ours, and no element that a word or a type made.
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert "b" not in {tag for tag, _ in parsed.tags}


def test_needs_no_network() -> None:
    html = page()
    for tag, attributes in Page(html).tags:
        assert tag not in ("img", "iframe", "object", "embed", "base")
        assert "src" not in attributes
        assert attributes.get("href", "data:,") == "data:,"
    assert "http" not in html.replace("http-equiv", "")
    assert "@import" not in html and "url(" not in html


def test_direction_is_of_the_text() -> None:
    tags = Page(page()).tags
    texts = [attributes for tag, attributes in tags if attributes.get("class") == "text"]
    assert len(texts) == 4 and all(attributes["dir"] == "auto" for attributes in texts)
    # Labels have a direction of their own, so that they do not decide on the sentence's.
    assert all(attributes["dir"] == "ltr" for tag, attributes in tags if tag == "bdo")


def test_counts() -> None:
    text = " ".join(Page(page()).text.split())
    # Of 4 predictions 1 is right, of 4 gold entities 1 was found.
    assert "all 4 sentences (2 with errors)" in text
    assert "precision 25.00, recall 25.00, F1 25.00; 4 entities predicted, 4 in gold" in text
    assert "shown: 4 of 4" in text


def test_fewer_sentences() -> None:
    assert len(Page(page(only_errors=True)).articles) == 2
    first = Page(page(number=1))
    assert first.headers == ["sentence 4, 2 errors"]
    assert "all 4 sentences" in first.text  # the counts stay those of all


def test_judges_what_the_predictor_says(trained_run: Path) -> None:
    judged = judge_file(trained_run / "model.tar.gz", TARGET_CORPUS)
    file = read_conll_file(TARGET_CORPUS)
    predictor = NerTaggerPredictor.from_path(str(trained_run / "model.tar.gz"), "ner_tagger")
    assert len(judged) == len(file.sentences) > 64  # more than a batch
    for number, (sentence, found) in enumerate(zip(file.sentences, judged), start=1):
        assert found.number == number and found.words == sentence.words
        assert [each.span for each in found.gold] == entity_spans(sentence.tags or [])
    for number in (0, 70, len(judged) - 1):
        entities = predictor.predict_json({"tokens": judged[number].words})["entities"]
        assert [
            (each.span.type, each.span.start, each.span.end - 1)
            for each in judged[number].predicted
        ] == [(each["type"], each["first_token"], each["last_token"]) for each in entities]
        assert [each.probability for each in judged[number].predicted] == pytest.approx(
            [each["probability"] for each in entities], abs=1e-5
        )
    assert sum(sentence.errors for sentence in judged) > 0


def test_score_of_made_sentences() -> None:
    assert _score(sentences())["f1"] == 25.0
    assert _score([])["f1"] == 0.0


def test_bad_input(trained_run: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("only\nwords\n")
    with pytest.raises(ConfigurationError, match="raw.txt: .* no gold tags"):
        judge_file(trained_run / "model.tar.gz", raw)
    with pytest.raises(ConfigurationError, match="gone.tar.gz"):
        judge_file(tmp_path / "gone.tar.gz", TARGET_CORPUS)
