"""The catalogue docs/input.md: what it says is tested is tested, what it quotes is said."""

import ast
import re
from typing import Iterator, List, NamedTuple, Set

import pytest
from allennlp.common import Params
from allennlp.data import DatasetReader

from tests.tiny_runs import ROOT

VERDICTS = ("input", "verdict", "message", "test")


class Row(NamedTuple):
    number: int
    message: str
    test: str


def rows() -> Iterator[Row]:
    lines = (ROOT / "docs" / "input.md").read_text("utf-8").split("\n")
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or tuple(cells) == VERDICTS or set(line) <= set("|-"):
            continue
        assert len(cells) == len(VERDICTS), f"docs/input.md, line {number}: {len(cells)} cells"
        yield Row(number, cells[2], cells[3])


def texts_of_the_package() -> Set[str]:
    """All strings of the source, with an ellipsis for each value that is put in."""
    found = set()
    for path in (ROOT / "xner_allennlp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            parts: List[ast.expr] = node.values if isinstance(node, ast.JoinedStr) else [node]  # type: ignore[assignment]
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts
            )
            found.add(re.sub("%[sd]", "…", text))
    return found


ROWS = list(rows())


def test_every_row_names_a_test_that_is_there() -> None:
    for row in ROWS:
        path, *names = row.test.strip("`").split("::")
        source = ROOT / "tests" / path
        assert source.is_file(), f"docs/input.md, line {row.number}: no file {path}"
        definitions = source.read_text("utf-8")
        for name in names:
            assert re.search(rf"^ *(def|class) {name}\b", definitions, re.MULTILINE), (
                f"docs/input.md, line {row.number}: no {name} in {path}"
            )


def test_every_message_is_said_by_the_package() -> None:
    texts = texts_of_the_package()
    for row in ROWS:
        # Words of some length that stand together; what is put in between may be anything.
        pieces = [piece.strip(" …") for piece in re.split("…", row.message.strip("`"))]
        for piece in filter(lambda piece: len(piece) > 12, pieces):
            assert any(piece in text for text in texts), (
                f"docs/input.md, line {row.number}: nothing says {piece!r}"
            )


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'maximal_length'"):
        DatasetReader.from_params(Params({"type": "conll_ner", "maximal_length": 3}))
