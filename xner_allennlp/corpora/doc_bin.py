"""spaCy's `DocBin` (files `.spacy`), as it is trained on."""

import zlib
from typing import Any, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.column_text import ConllLine
from xner_allennlp.data.conll_layout import ConllLayout, LinesOfSentence


def is_doc_bin(data: bytes) -> bool:
    """Whether bytes begin like a `DocBin`: compressed, a MessagePack map with its version."""
    try:
        return b"version" in zlib.decompressobj().decompress(data, 64)
    except zlib.error:
        return False


def lay_out_doc_bin(data: bytes, path: str) -> ConllLayout:
    """
    The sentences of a `DocBin`, as rows of token and tag; of each `Doc`, if it has no sentences.

    Raises `ConfigurationError` naming the file, if it is not whole.
    """
    import spacy  # Slow to import.
    from spacy.tokens import DocBin

    try:
        docs = list(DocBin().from_bytes(data).get_docs(spacy.blank("xx").vocab))
    except Exception as error:  # Whatever MessagePack, zlib, numpy or spaCy say of damage.
        raise ConfigurationError(
            f"{path}: no whole DocBin of spaCy ({excerpt(str(error))}); write it again"
        ) from None
    layout = ConllLayout("DocBin", width=2, names=["token", "tag"], token=0, tag=1)
    untagged = sum(len(doc) > 0 and not doc.has_annotation("ENT_IOB") for doc in docs)
    if untagged == sum(len(doc) > 0 for doc in docs):
        layout.width, layout.tag = 1, None
    elif untagged:
        layout.repairs["texts without a word on entities, read as without any"] = untagged
    for number, doc in enumerate(docs, start=1):
        spans = doc.sents if doc.has_annotation("SENT_START") else [doc[:]]
        for sentence in spans:
            rows = [_columns(token)[: layout.width] for token in sentence]
            if rows:
                lines = [ConllLine(number, list(row)) for row in rows]
                layout.sentences.append(LinesOfSentence(lines, False))
            else:
                layout.repairs["sentences without tokens, dropped"] += 1
    return layout


def _columns(token: Any) -> Tuple[str, str]:
    iob, entity = token.ent_iob_, token.ent_type_
    return token.text, f"{iob}-{entity}" if iob in ("B", "I") and entity else "O"
