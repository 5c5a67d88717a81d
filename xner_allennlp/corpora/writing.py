"""
Writing labelled sentences: CoNLL columns, JSON lines, spaCy's `DocBin`; compressed if the file's
name ends with `.gz`, `.bz2` or `.xz`.
"""

import json
import re
from collections import Counter
from os import PathLike
from typing import Callable, Dict, NamedTuple, Optional, Sequence, Union
from typing import Counter as CounterType

from xner_allennlp.common.text_file import whole_compressed_file
from xner_allennlp.data.column_text import DOCSTART, as_column

_NO_BREAK_SPACE = "\u00a0"

Path = Union[str, "PathLike[str]"]


class WrittenSentence(NamedTuple):
    """`tokens`, and their `tags` in IOB2, if they are known."""

    tokens: Sequence[str]
    tags: Optional[Sequence[str]] = None


def write_conll(path: Path, sentences: Sequence[WrittenSentence]) -> CounterType[str]:
    """
    Two columns, token and tag (one without tags), parted by a space. Returns how many tokens had to
    be changed, by kind.
    """
    changes: CounterType[str] = Counter()
    with whole_compressed_file(path) as file:
        for sentence in sentences:
            columns = [_column(token, changes) for token in sentence.tokens]
            if sentence.tags is not None:
                columns = [" ".join(row) for row in zip(columns, sentence.tags)]
            file.write("\n".join([*columns, "", ""]).encode())
    return changes


def _column(token: str, changes: CounterType[str]) -> str:
    joined = re.sub("[ \t\r\n]+", _NO_BREAK_SPACE, token)
    if joined != token:
        changes["tokens with spaces, now no-break spaces"] += 1
    column = as_column(joined)
    if joined == DOCSTART:
        changes[f"tokens {DOCSTART}, now {column}"] += 1
    elif column != joined:
        changes["tokens with null characters or byte order marks, now _"] += 1
    return column


def write_json_lines(path: Path, sentences: Sequence[WrittenSentence]) -> CounterType[str]:
    """An object `{"tokens": [...], "ner_tags": [...]}` a line; no `ner_tags` without tags."""
    with whole_compressed_file(path) as file:
        for sentence in sentences:
            record = {"tokens": sentence.tokens}
            if sentence.tags is not None:
                record["ner_tags"] = sentence.tags
            file.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    return Counter()


def write_doc_bin(path: Path, sentences: Sequence[WrittenSentence]) -> CounterType[str]:
    """spaCy's `DocBin` of a `Doc` a sentence, for `spacy train` and `spacy convert`."""
    import spacy  # Slow to import.
    from spacy.tokens import Doc, DocBin

    vocabulary = spacy.blank("xx").vocab
    docs = [Doc(vocabulary, words=sentence.tokens, ents=sentence.tags) for sentence in sentences]
    with whole_compressed_file(path) as file:
        file.write(DocBin(docs=docs, attrs=["ENT_IOB", "ENT_TYPE"]).to_bytes())
    return Counter()


WRITERS: Dict[str, Callable[[Path, Sequence[WrittenSentence]], CounterType[str]]] = {
    "conll": write_conll,
    "jsonl": write_json_lines,
    "docbin": write_doc_bin,
}
