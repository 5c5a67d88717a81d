"""
The page of tagged sentences: one HTML file, which needs no network. displaCy (spaCy's renderer)
marks the entities in each sentence; here is what stands around it.
"""

import json
import unicodedata
from collections import Counter
from html import escape
from typing import Dict, Iterable, List, Optional, Sequence

from spacy import displacy

from xner_allennlp.commands.page.judged_sentences import (
    MISSED,
    RIGHT,
    VERDICTS,
    JudgedSentence,
    JudgedSpan,
)
from xner_allennlp.spans import tags_of_spans
from xner_allennlp.spans.scores import score_tags
from xner_allennlp.text.word_offsets import spaced_offsets

# Light enough for black letters.
_COLOURS = ("#a6cee3", "#fdbf6f", "#b2df8a", "#cab2d6", "#ffff99", "#fb9a99", "#d9d9d9", "#e5c494")

# displaCy fills in text, label and colour (`bg`), and the other names from an entity's `params`. A
# label is left-to-right in a right-to-left sentence too, and does not decide on its direction.
_ENTITY = (
    '<mark class="{kind}" style="--colour: {bg}" title="{title}">{text} '
    '<bdo dir="ltr">{sign}{label}{probability}</bdo></mark>'
)

_STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; max-width: 70em; margin: 0 auto; padding: 1em; }
h1 { font-size: 1.4em; margin: 0; }
p { margin: .2em 0; }
table { border-collapse: collapse; margin: .8em 0; }
th, td { border: 1px solid #ccc; padding: .15em .6em; text-align: right; }
form { margin: .8em 0; padding: .5em 0; border: solid #ccc; border-width: 1px 0; }
form > * { margin-inline-end: 1.2em; }
article { margin: 1em 0; padding: .2em .8em; border-inline-start: 4px solid #2e7d32; }
article.errors { border-color: #b71c1c; }
header, small { font-size: .75em; color: #555; }
mark { padding: .25em .4em; border-radius: .35em; background: var(--colour); }
mark bdo { font-size: .75em; font-weight: bold; }
mark.wrong { outline: 2px dashed #b71c1c; }
[hidden] { display: none; }
"""

_SCRIPT = """
"use strict";
const onlyErrors = document.getElementById("only-errors");
const type = document.getElementById("type");
function show() {
  let shown = 0;
  for (const article of document.querySelectorAll("article")) {
    const wanted = (!onlyErrors.checked || article.classList.contains("errors"))
      && (!type.value || JSON.parse(article.dataset.types).includes(type.value));
    article.hidden = !wanted;
    shown += wanted;
  }
  document.getElementById("shown").value = shown;
}
onlyErrors.addEventListener("change", show);
type.addEventListener("change", show);
show();
"""

# Nothing is loaded, not even an icon, and no script but the page's own runs.
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">"""


def make_page(
    sentences: Sequence[JudgedSentence],
    *,
    title: str,
    facts: Sequence[str] = (),
    number: Optional[int] = None,
    only_errors: bool = False,
) -> str:
    """
    # Parameters

    sentences : `Sequence[JudgedSentence]`
        All sentences; precision, recall and F1 on the page are theirs.
    title : `str`
    facts : `Sequence[str]`, optional
        Lines below the title.
    number : `int`, optional (default = `None`)
        Show at most this many sentences.
    only_errors : `bool`, optional (default = `False`)
        Show only sentences in which something is wrong.

    # Returns

    `str`
        HTML. Sentences with most errors come first, then in the order of the file.
    """
    shown = sorted(sentences, key=lambda sentence: (-sentence.errors, sentence.number))
    shown = [sentence for sentence in shown if sentence.errors or not only_errors][:number]
    types = sorted({type_ for sentence in sentences for type_ in sentence.types})
    colours = {type_: _COLOURS[position % len(_COLOURS)] for position, type_ in enumerate(types)}
    articles = [_article(sentence, colours) for sentence in shown]
    options = "".join(f"<option>{escape(type_)}</option>" for type_ in types)
    parts = [
        _HEAD,
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{escape(title)}</h1>",
        *(f"<p>{escape(fact)}</p>" for fact in facts),
        *_summary(sentences),
        '<form><label><input type="checkbox" id="only-errors"> only sentences with errors</label>',
        '<label>with an entity of type <select id="type"><option value="">any</option>'
        f"{options}</select></label>",
        f'<span>shown: <output id="shown">{len(shown)}</output> of {len(shown)}</span></form>',
        *(articles or ["<p>No sentence to show.</p>"]),
        f"<script>{_SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _summary(sentences: Sequence[JudgedSentence]) -> List[str]:
    """The scores of all sentences, and how often there is each verdict."""
    gold = [_tags(sentence.words, sentence.gold) for sentence in sentences]
    predicted = [_tags(sentence.words, sentence.predicted) for sentence in sentences]
    score = score_tags(gold, predicted).overall
    verdicts = Counter(each.verdict for one in sentences for each in one.predicted)
    verdicts[MISSED] = sum(each.verdict == MISSED for one in sentences for each in one.gold)
    number_predicted = sum(len(one.predicted) for one in sentences)
    wrong = sum(one.errors > 0 for one in sentences)
    return [
        f"<p>Of all {len(sentences)} sentences ({wrong} with errors), by conlleval's rule: "
        f"precision {100 * score.precision:.2f}, recall {100 * score.recall:.2f}, "
        f"F1 {100 * score.f1:.2f}; {number_predicted} entities predicted, {score.support} in gold."
        "</p>",
        f"<table><tr>{_cells('th', VERDICTS)}</tr>",
        f"<tr>{_cells('td', [verdicts[name] for name in VERDICTS])}</tr></table>",
        "<p>An entity has its type and, where predicted, its probability. Dashed and ✗: wrong or "
        "missed. What is gold is shown where something is wrong.</p>",
    ]


def _tags(words: Sequence[str], spans: Sequence[JudgedSpan]) -> List[str]:
    return tags_of_spans([each.span for each in spans], len(words))


def _cells(tag: str, values: Iterable[object]) -> str:
    return "".join(f"<{tag}>{value}</{tag}>" for value in values)


def _article(sentence: JudgedSentence, colours: Dict[str, str]) -> str:
    said = f"sentence {sentence.number}"
    kind = ""
    if sentence.errors:
        said += f", {sentence.errors} error{'s' if sentence.errors > 1 else ''}"
        kind = ' class="errors"'
    types = escape(json.dumps(sentence.types))
    parts = [f'<article{kind} data-types="{types}">', f"<header>{said}</header>"]
    if sentence.errors:
        parts += ["<small>predicted</small>", _marked(sentence.words, sentence.predicted, colours)]
        parts += ["<small>gold</small>", _marked(sentence.words, sentence.gold, colours)]
    else:
        parts.append(_marked(sentence.words, sentence.predicted, colours))
    return "\n".join([*parts, "</article>"])


def _marked(words: Sequence[str], spans: Sequence[JudgedSpan], colours: Dict[str, str]) -> str:
    """The sentence with its entities, drawn by displaCy, which escapes words but not labels."""
    offsets = spaced_offsets(words)
    entities = []
    for span, verdict, probability in spans:
        title = f"{span.type}, {verdict}"
        if probability is not None:
            title += f", probability {probability:.3f}"
        entities.append(
            {
                "start": offsets[span.start][0],
                "end": offsets[span.end - 1][1],
                "label": escape(span.type),
                "params": {
                    "kind": "right" if verdict == RIGHT else "wrong",
                    "title": escape(title),
                    "sign": "" if verdict == RIGHT else "✗ ",
                    "probability": "" if probability is None else f" {probability:.2f}",
                },
            }
        )
    text = " ".join(words)
    return displacy.render(
        {"text": text, "ents": entities, "settings": {"direction": _direction(text)}},
        style="ent",
        manual=True,
        jupyter=False,
        options={
            "template": _ENTITY,
            "colors": {escape(type_): colour for type_, colour in colours.items()},
        },
    )


def _direction(text: str) -> str:
    """That of the first letter with a direction, as HTML's `dir="auto"`."""
    for character in text:
        bidirectional = unicodedata.bidirectional(character)
        if bidirectional in ("L", "R", "AL"):
            return "ltr" if bidirectional == "L" else "rtl"
    return "ltr"
