from html.parser import HTMLParser
from typing import Dict, List, Optional, Tuple

from tests.commands.page.made_page import HOSTILE, page

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
        elif "div" in self.open:
            self.articles[-1]["words"] += data.split()
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
    assert hostile["words"] == 2 * " ".join(HOSTILE).split()  # predicted, and gold
    assert hostile["labels"] == ["✗ LOC 0.25", '✗ <b>"T"</b>']
    assert arabic["labels"] == ["✗ ORG 0.71", "✗ PER 0.40", "✗ ORG", "✗ LOC"]
    # Where all is right, gold would say the same again.
    assert right["labels"] == ["LOC 1.00", "LOC 0.50"]
    assert empty["words"] == ["nothing", "here"] and empty["labels"] == []
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
    styles = [attributes["style"] or "" for tag, attributes in tags if tag == "div"]
    assert ["direction: rtl" in style for style in styles] == 2 * [True] + 4 * [False]
    # Labels have a direction of their own.
    assert all(attributes["dir"] == "ltr" for tag, attributes in tags if tag == "bdo")


def test_counts() -> None:
    text = " ".join(Page(page()).text.split())
    # Of 5 predictions 2 are right, of 5 gold entities 2 were found.
    assert "all 4 sentences (2 with errors)" in text
    assert "precision 40.00, recall 40.00, F1 40.00; 5 entities predicted, 5 in gold" in text
    assert "shown: 4 of 4" in text


def test_fewer_sentences() -> None:
    assert len(Page(page(only_errors=True)).articles) == 2
    first = Page(page(number=1))
    assert first.headers == ["sentence 4, 2 errors"]
    assert "all 4 sentences" in first.text  # the counts stay those of all
