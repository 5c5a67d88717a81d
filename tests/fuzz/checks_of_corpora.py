"""What must hold for every file of text or labelled sentences, whatever its bytes."""

import json
import re
from pathlib import Path
from typing import List

import regex

from tests.fuzz.cases import file_of
from tests.fuzz.refusal import read_or_refuse
from xner_allennlp.corpora import check_file, convert_corpus
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.findings import ERROR
from xner_allennlp.data import ConllNerReader, UnicodeWordsTokenizer, read_conll_file
from xner_allennlp.data.column_text import DOCSTART
from xner_allennlp.spans import entity_spans

# What the tokenizer leaves out, and nothing else: white space and invisible marks.
_LEFT_OUT = regex.compile(
    r"[\s\x1c-\x1f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)


def rows_of(data: bytes) -> List[List[List[str]]]:
    """The columns of each line of each sentence, by an independent, simple parser."""
    groups: List[List[List[str]]] = [[]]
    for line in data.decode("utf-8").lstrip("\ufeff").split("\n"):
        columns = re.findall("[^ \t]+", line.rstrip("\r"))
        if columns and columns[0] != "-DOCSTART-":
            groups[-1].append(columns)
        else:
            groups.append([])
    return [group for group in groups if group]


# The columns that are read without looking at what is in them.
_PLAINLY = {"token_column": 0, "tag_column": -1, "separator": "whitespace"}


def check_conll_file(data: bytes, name: str = "corpus.conll") -> None:
    """Every line of the file is a token, with its tag; no sentence is lost, none is made."""
    path = file_of(name, data)
    check_layout(path)
    found = read_or_refuse(read_conll_file, path, **_PLAINLY)
    if found is None or found.repairs:
        return  # A comment, a header or another spelling of tags: see `check_layout`.
    rows = rows_of(data)
    assert [s.words for s in found.sentences] == [[row[0] for row in group] for group in rows]
    if found.scheme is not None:
        assert [s.tags for s in found.sentences] == [[row[-1] for row in group] for group in rows]
    instances = list(ConllNerReader(**_PLAINLY)._read(str(path)))  # type: ignore[arg-type]
    assert len(instances) == len(rows)
    for instance, group in zip(instances, rows):
        metadata = instance["metadata"].metadata  # type: ignore[attr-defined]
        assert metadata["words"] == [row[0] for row in group]
        for word, (start, end) in zip(metadata["words"], metadata["offsets"]):
            assert metadata["sentence"][start:end] == word
        if found.scheme is not None:
            tags = instance["tags"].labels  # type: ignore[attr-defined]
            assert entity_spans(tags) == entity_spans([row[-1] for row in group])


def check_layout(path: Path) -> None:
    """Whatever the columns are taken for: each line is a token, or counted among what is not."""
    found = read_or_refuse(read_conll_file, path)
    if found is None:
        return
    lines = path.read_bytes().decode("utf-8").lstrip("\ufeff").split("\n")
    written = [line for line in lines if line.strip(" \t\r,;") and DOCSTART not in line]
    tokens = sum(len(sentence.words) for sentence in found.sentences)
    skipped = sum(count for kind, count in found.repairs.items() if "line" in kind)
    assert len(written) - skipped <= tokens + sum(DOCSTART in line for line in lines)
    assert tokens <= len(lines)
    for sentence in found.sentences:
        assert all(sentence.words)
        if sentence.tags is not None:
            assert len(sentence.tags) == len(sentence.words)
            entity_spans(sentence.tags)  # They are tags.


def check_compressed_conll_file(ending: str, data: bytes) -> None:
    """A damaged file is refused: the sentences before the damage are not the whole file."""
    read_or_refuse(read_conll_file, file_of(f"corpus.conll{ending}", data))


def check_raw_text(data: bytes) -> None:
    """All characters of a line but white space and invisible marks are in its tokens, in order."""
    path = file_of("sentences.txt", data)
    reader = ConllNerReader(raw_text_languages=["source"])
    instances = read_or_refuse(lambda file: list(reader._read(str(file))), path)
    if instances is None:
        return
    lines = [line.rstrip("\r") for line in data.decode("utf-8").lstrip("\ufeff").split("\n")]
    lines = [line for line in lines if _LEFT_OUT.sub("", line)]
    found = [instance["metadata"].metadata for instance in instances]
    assert [metadata["sentence"] for metadata in found] == lines
    for metadata in found:
        check_tokens(metadata["words"], metadata["offsets"], metadata["sentence"])


def check_tokens(words: List[str], offsets: List[List[int]], text: str) -> None:
    """Words point at their text, from left to right, with nothing visible between them."""
    last = 0
    for word, (start, end) in zip(words, offsets):
        assert word and text[start:end] == word
        assert not _LEFT_OUT.sub("", text[last:start]), (text, word)
        last = end
    assert not _LEFT_OUT.sub("", text[last:]), text


def check_tokenizer(text: str) -> None:
    tokens = UnicodeWordsTokenizer().tokenize(text)
    offsets = [[token.idx or 0, token.idx_end or 0] for token in tokens]
    check_tokens([token.ensure_text() for token in tokens], offsets, text)


def check_data_check(data: bytes) -> None:
    """`xner-data check` always ends, and files without errors can be read."""
    path = file_of("nl.testa", data)
    check = check_file(CorpusFile(str(path), "nl", "testa"))
    json.dumps(check.to_json())
    if not any(finding.severity == ERROR for finding in check.findings):
        read = read_conll_file(path)
        assert [list(s.tokens) for s in check.sentences] == [s.words for s in read.sentences]


def check_conversion(format_name: str, data: bytes) -> None:
    """The output of `xner-data convert` can be read, and has the sizes that it reports."""
    path = file_of("corpus.original", data)
    output = Path(f"{path}.converted")
    done = read_or_refuse(convert_corpus, path, target=output, format_name=format_name)
    if done is None:
        return
    read = read_conll_file(output)
    assert len(read.sentences) == done.sentences
    assert sum(len(sentence.words) for sentence in read.sentences) == done.tokens
    entities = sum(len(entity_spans(sentence.tags or [])) for sentence in read.sentences)
    assert entities == sum(done.entities.values())
