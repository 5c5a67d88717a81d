"""What is written as each format has it is read back as it was."""

import json
from typing import Any, List, Tuple

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import DocBin

from xner_allennlp.corpora.conversion import convert_corpus
from xner_allennlp.corpora.formats import FORMATS
from xner_allennlp.data.conll_file import is_invisible, read_conll_file
from xner_allennlp.spans import EntitySpan, entity_spans, tags_of_spans

FEW = settings(max_examples=20, deadline=None)
Sentences = List[Tuple[List[str], List[EntitySpan]]]

# No blanks (the columns), no line feeds, no carriage returns; all else may be in a token.
LETTERS = st.characters(
    blacklist_categories=["Cs"], blacklist_characters=" \t\n\r\0\ufeff", max_codepoint=0x2FFF
)
TOKENS = st.text(LETTERS, min_size=1, max_size=6).filter(
    lambda token: token != "-DOCSTART-" and not token.startswith("<") and not is_invisible(token)
)


@st.composite
def sentences(draw: Any) -> Sentences:
    made = []
    for tokens in draw(st.lists(st.lists(TOKENS, min_size=1, max_size=7), min_size=1, max_size=5)):
        spans, place = [], 0
        while place < len(tokens):
            end = place + draw(st.integers(1, 3))
            if draw(st.booleans()) and end <= len(tokens):
                spans.append(EntitySpan(draw(st.sampled_from(["PER", "LOC", "MISC"])), place, end))
            place = end
        made.append((tokens, spans))
    return made


def iob1(tags: List[str]) -> List[str]:
    """IOB1 of IOB2: B- only where an entity of the same type goes before."""
    return [
        "I" + tag[1:] if tag[0] == "B" and (not place or tags[place - 1][2:] != tag[2:]) else tag
        for place, tag in enumerate(tags)
    ]


LINES = {
    "auto": lambda place, token, tag: f"{token} {tag}",
    "conll2002": lambda place, token, tag: f"{token} N {tag}",
    "conll2003": lambda place, token, tag: f"{token} N I-NP {tag}",
    "aqmar": lambda place, token, tag: f"{token} {tag}",
    "finer": lambda place, token, tag: f"{token}\t{tag}\tO",
    "wikiann": lambda place, token, tag: f"en:{token}\t{tag}",
    "wikineural": lambda place, token, tag: f"{place}\t{token}\t{tag}",
    "germeval": lambda place, token, tag: f"{place + 1}\t{token}\t{tag}\tO",
    "multiconer": lambda place, token, tag: f"{token} _ _ {tag}",
    "uner": lambda place, token, tag: f"{place + 1}\t{token}\t{tag}\t-\t-",
    "conllu": lambda place, token, tag: (
        f"{place + 1}\t{token}" + "\t_" * 7 + f"\tSpaceAfter=No|name={tag}"
    ),
    "hipe": lambda place, token, tag: f"{token}\t{tag}\t_\t_",
    "mit": lambda place, token, tag: f"{tag}\t{token}",
    # Rows have as many columns as they like behind the tag.
    "conll2012": lambda place, token, tag: (
        f"nw/x/00/x_0000 0 {place} {token} NN (TOP(NP*)) - - - - {tag} *" + " (V*)" * (place % 2)
    ),
}
HEADERS = {"hipe": "TOKEN\tNE-COARSE-LIT\tNEL-LIT\tMISC\n# language = nl\n"}
COMMENTS = {
    "germeval": "#\thttp://example.org/ [2009-10-17]\n",
    "multiconer": "# id 0 domain=nl\n",
    "uner": "# sent_id = 1\n# text = O\n",
    "conllu": "# newdoc\n",
    "conll2012": "#begin document (nw/x/00/x_0000); part 000\n",
}


def in_brackets(spans: List[EntitySpan], length: int) -> List[str]:
    tags = ["*"] * length
    for span in spans:
        tags[span.start] = f"({span.type}*"
        tags[span.end - 1] += ")"
    return tags


def test_every_format_has_a_round_trip() -> None:
    assert {*LINES, "jsonl", "docbin"} == set(FORMATS)


@pytest.mark.parametrize("name", LINES)
@FEW
@given(corpus=sentences(), scheme=st.sampled_from(["BIO", "BIOUL", "IOB1"]))
def test_round_trip(
    name: str, scheme: str, corpus: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("round")
    text = HEADERS.get(name, "")
    for tokens, spans in corpus:
        text += COMMENTS.get(name, "")
        tags = tags_of_spans(spans, len(tokens), "BIO" if scheme == "IOB1" else scheme)
        tags = iob1(tags) if scheme == "IOB1" else tags
        tags = in_brackets(spans, len(tokens)) if name == "conll2012" else tags
        for place, (token, tag) in enumerate(zip(tokens, tags)):
            text += LINES[name](place, token, tag) + "\n"
        text += "\n"
    (folder / "in").write_text(text, "utf-8", newline="\n")
    done = convert_corpus(folder / "in", folder / "out", name, encoding="utf-8")
    read = read_conll_file(folder / "out")
    assert [sentence.words for sentence in read.sentences] == [tokens for tokens, _ in corpus]
    assert [entity_spans(sentence.tags or []) for sentence in read.sentences] == [
        spans for _, spans in corpus
    ]
    assert read.scheme == "IOB2"
    assert done.sentences == len(corpus)
    assert sum(done.entities.values()) == sum(len(spans) for _, spans in corpus)
    comments = COMMENTS.get(name, "").count("\n") * len(corpus) + HEADERS.get(name, "").count("#")
    assert done.repairs.get("comment lines", 0) == comments


@pytest.mark.parametrize("to", ["conll", "jsonl", "docbin"])
@FEW
@given(corpus=sentences())
def test_round_trip_by_way_of_other_formats(
    to: str, corpus: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ways")
    records = [
        {"tokens": tokens, "ner_tags": tags_of_spans(spans, len(tokens), "BIO")}
        for tokens, spans in corpus
    ]
    (folder / "in").write_text("".join(json.dumps(record) + "\n" for record in records))
    done = convert_corpus(folder / "in", folder / "out", to=to)
    assert (done.format_name, done.sentences) == ("jsonl", len(corpus))
    if to == "docbin":
        docs = DocBin().from_disk(folder / "out").get_docs(spacy.blank("xx").vocab)
        found = [
            (
                [token.text for token in doc],
                [EntitySpan(e.label_, e.start, e.end) for e in doc.ents],
            )
            for doc in docs
        ]
        assert found == corpus
    convert_corpus(folder / "out", folder / "again", to="jsonl")
    again = [json.loads(line) for line in (folder / "again").read_text("utf-8").split("\n")[:-1]]
    assert again == records


@FEW
@given(corpus=sentences())
def test_round_trip_of_character_spans(
    corpus: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the tokenizer makes of the text, entities keep their characters and types."""
    folder = tmp_path_factory.mktemp("spans")
    expected = []
    with open(folder / "in", "w", encoding="utf-8") as file:
        for tokens, spans in corpus:
            tokens = [token for token in tokens if not is_invisible(token)] or ["a"]
            spans = [span for span in spans if span.end <= len(tokens)]
            starts = [
                sum(len(token) + 1 for token in tokens[:place]) for place in range(len(tokens))
            ]
            label = [
                [starts[span.start], starts[span.end - 1] + len(tokens[span.end - 1]), span.type]
                for span in spans
            ]
            file.write(json.dumps({"text": " ".join(tokens), "label": label}) + "\n")
            expected += [span.type for span in spans]
    done = convert_corpus(folder / "in", None, "jsonl")
    dropped = sum(count for kind, count in done.repairs.items() if "dropped" in kind)
    assert sum(done.entities.values()) >= len(expected) - dropped
    assert sum(done.entities.values()) <= len(expected)
