"""
The page in a real browser, as a person uses it: Chromium, where there is Debian's chromedriver
(`apt-get install chromium-driver`).
"""

import json
from pathlib import Path
from typing import Any, Iterator, List

import pytest

pytest.importorskip("fastapi", reason="FastAPI comes with the extra serve")

from tests.serving.browser import (  # noqa: E402
    CONTROL,
    DRIVER,
    ENTER,
    RIGHT,
    SPACE,
    TAB,
    Browser,
    browser,
)
from tests.serving.server import served  # noqa: E402
from tests.tagger.texts import texts  # noqa: E402
from xner_allennlp import Tagger  # noqa: E402
from xner_allennlp.predictors import NerTaggerPredictor  # noqa: E402
from xner_allennlp.tagger import Entity  # noqa: E402

pytestmark = pytest.mark.skipif(DRIVER is None, reason="no chromedriver")

ENTITIES = """[...document.querySelectorAll("mark:not(.off)")].map(
  mark => [mark.firstChild.data, mark.querySelector("small").textContent])"""
STATUS = "document.getElementById('status').textContent"
# Right-to-left marks apart, a script is all that the direction depends on.
ARABIC = "زارت الملكة مدينة {} أمس،\nوهي تبعد كثيرا.\n\nThe last line: {}."


@pytest.fixture(name="address", scope="module")
def _address(folder: Path) -> Iterator[str]:
    with served(str(folder), "--max-megabytes", "1") as (address, _):
        yield address


@pytest.fixture(name="window", scope="module")
def _window() -> Iterator[Browser]:
    with browser() as window:
        yield window


@pytest.fixture(name="page")
def _page(window: Browser, address: str) -> Iterator[Browser]:
    """Newly opened; at the end nobody else was asked for anything, and nothing was wrong."""
    window.requests()
    window.open(address)
    window.wait("document.querySelector('#types input')")
    yield window
    asked = set(window.requests())
    assert {each for each in asked if not each.startswith((address, "data:"))} == set()
    assert [each for each in window.complaints() if "status of 413" not in each] == []


def tag(page: Browser, text: str) -> None:
    page.click("#text")
    page.paste(text)
    page.press(CONTROL + ENTER)
    page.wait(f"document.getElementById('form').ariaBusy !== 'true' && {STATUS}")


def labelled(entities: Any) -> Any:
    return [[each.text, f"{each.type} {each.probability:.2f}"] for each in entities]


def test_entities_are_seen(page: Browser, exported: Tagger) -> None:
    # Two characters that JavaScript counts as two each, white space, and a wrapped line.
    text = "😀😀  " + "\n \n".join(texts(20)).replace(" ", "\n", 3)
    entities = exported.tag(text)
    tag(page, text)
    assert page.run(f"return {ENTITIES}") == labelled(entities)
    assert page.run(f"return {STATUS}") == f"{len(entities)} of {len(entities)} entities are shown."
    # The text is all there, but for the blank lines; what is copied has no labels in it.
    page.run("getSelection().selectAllChildren(document.getElementById('tagged'))")
    page.press(CONTROL + "c")
    assert page.copied().split() == text.split()
    assert page.run("return document.querySelectorAll('#tagged > div').length") == 20


def test_the_slider_and_the_types_ask_the_server_nothing(page: Browser, exported: Tagger) -> None:
    text = "\n\n".join(texts(20))
    entities = exported.tag(text)
    tag(page, text)
    page.requests()
    # By keyboard alone: the button, the slider, the types, the buttons that copy.
    steps = int(100 * sorted(each.probability for each in entities)[len(entities) // 2])
    page.press(TAB, TAB, *[RIGHT] * steps)
    likely = [each for each in entities if each.probability >= steps / 100]
    assert 0 < len(likely) < len(entities)
    assert page.run(f"return {ENTITIES}") == labelled(likely)
    page.press(TAB, SPACE)
    shown = [each for each in likely if each.type != exported.entity_types[0]]
    assert page.run(f"return {ENTITIES}") == labelled(shown)
    counts = [sum(each.type == name for each in likely) for name in exported.entity_types]
    assert page.run("return document.getElementById('types').innerText.split(/\\s+/)") == [
        word for pair in zip(exported.entity_types, map(str, counts)) for word in pair
    ]
    page.press(*[TAB] * len(exported.entity_types), ENTER)
    page.wait(f"{STATUS}.endsWith('as JSON.')")
    assert json.loads(page.copied()) == [each._asdict() for each in shown]
    page.press(TAB, ENTER)
    page.wait(f"{STATUS}.endsWith('as CoNLL.')")
    assert page.copied() == conll(text, exported, shown)
    assert page.requests() == []


def conll(text: str, tagger: Tagger, entities: List[Entity]) -> str:
    begins = {each.start: each.type for each in entities}
    inside = {place: each.type for each in entities for place in range(each.start + 1, each.end)}
    lines = []
    for words in tagger.split(text):
        for start, end in words:
            tag = f"B-{begins[start]}" if start in begins else "O"
            tag = f"I-{inside[start]}" if start in inside else tag
            lines.append(f"{text[start:end]} {tag}\n")
        lines.append("\n")
    return "".join(lines)


def test_conll_is_what_the_predictor_writes(page: Browser, archived: Tagger) -> None:
    given = [f"😀 {text} \u202b(é)" for text in texts(20)]
    tag(page, "\n\n".join(given))
    page.click("#conll")
    page.wait(f"{STATUS}.endsWith('as CoNLL.')")
    tagger: Any = archived._sentence_tagger
    predictor = NerTaggerPredictor(tagger.model, tagger.reader, output_format="conll")
    outputs = predictor.predict_batch_json([{"sentence": text} for text in given])
    assert page.copied() == "".join(map(predictor.dump_line, outputs))


def test_right_to_left(page: Browser, exported: Tagger) -> None:
    name = exported.tag(texts(1)[0])[0].text
    tag(page, ARABIC.format(name, name))
    directions = """[...document.querySelectorAll("#tagged > div > div")].map(
        line => getComputedStyle(line).direction)"""
    assert page.run(f"return {directions}") == ["rtl", "rtl", "ltr"]
    # A label stands behind its entity: to the left of it, or to the right.
    sides = """[...document.querySelectorAll("mark")].map(mark => {
      const [entity, label] = [document.createRange(), mark.querySelector("small")];
      entity.selectNode(mark.firstChild);
      return [getComputedStyle(mark).direction,
        label.getBoundingClientRect().left > entity.getBoundingClientRect().left];
    })"""
    found = page.run(f"return {sides}")
    assert found and all(right == (direction == "ltr") for direction, right in found)


def test_html_is_text(page: Browser, exported: Tagger) -> None:
    name = exported.tag(texts(1)[0])[0].text
    text = f"<img src=x onerror=\"document.title='harm'\"> {name} </mark><script>alert(1)</script>"
    tag(page, text)
    assert page.run("return document.querySelectorAll('#tagged img, #tagged script').length") == 0
    content = page.run(
        "document.querySelectorAll('mark small').forEach(label => label.remove());"
        "return document.getElementById('tagged').textContent"
    )
    assert content == text
    assert page.run("return document.title") == "xner-tagger"


def test_a_hundred_pages(page: Browser, exported: Tagger) -> None:
    paragraph = " ".join(texts(30))
    text = "\n\n".join([paragraph] * (250_000 // len(paragraph)))
    tag(page, text)
    found = page.run(f"return {ENTITIES}")
    assert len(found) == len(exported.tag(text)) > 1000
    page.run("scrollTo(0, document.body.scrollHeight / 2)")
    # The slider is still at hand, above the text.
    assert (
        page.run(
            "const {left, top} = document.getElementById('threshold').getBoundingClientRect();"
            "return document.elementFromPoint(left + 5, top + 5).id"
        )
        == "threshold"
    )


def test_empty_and_too_large_texts(page: Browser) -> None:
    tag(page, " \n")
    assert page.run(f"return {STATUS}").startswith("There is no text yet")
    tag(page, "some words " * 100_000)
    assert "takes at most 1 MB at once" in page.run(f"return {STATUS}")
    # It goes on.
    tag(page, texts(1)[0])
    assert "shown" in page.run(f"return {STATUS}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out(page: Browser, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.devtools("Emulation.setEmulatedMedia", features=features)
    tag(page, "\n\n".join(texts(20)))
    # The contrast of the W3C's accessibility guidelines, of each kind of text with its ground.
    contrasts = """["body", "header p", "#hint", "button[type=submit]", "#json", "#conll", "footer",
        "footer a", ...document.querySelectorAll("mark, mark small")].map(found => {
      const element = typeof found === "string" ? document.querySelector(found) : found;
      const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(
          c => c / 255 <= .04045 ? c / 255 / 12.92 : ((c / 255 + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
      };
      let ground = element;
      while (/, 0\\)/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
      const [low, high] = [getComputedStyle(element).color,
        getComputedStyle(ground).backgroundColor].map(light).sort((a, b) => a - b);
      return (high + .05) / (low + .05);
    })"""
    found = page.run(f"return {contrasts}")
    page.devtools("Emulation.setEmulatedMedia", features=[])
    assert len(found) > 20 and min(found) >= 4.5
