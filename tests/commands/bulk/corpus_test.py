"""Dividing files into parts, without an engine."""

import bz2
import gzip
import lzma

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.bulk import divide
from xner_allennlp.common.text_file import open_decompressed

LINES = ["one\n", "zwei ü\r\n", "\n", '{"tokens": ["4"]}\n', "  \n", "six"]
PACK = {".txt": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("lines_per_part", [1, 2, 4, 6, 100])
def test_parts_are_the_file_in_order(tmp_path, ending, lines_per_part):
    path = tmp_path / f"input{ending}"
    path.write_bytes(PACK[ending]("".join(LINES).encode()))
    parts = divide([str(path), str(path)], lines_per_part)
    pieces = {0: [], 1: []}
    for part in parts:
        with open_decompressed(str(path)) as stream:
            stream.seek(part.offset)
            piece = stream.read(part.size).decode()
        assert part.first_line == 1 + sum(text.count("\n") for text in pieces[part.file])
        assert part.lines == len(piece.splitlines()) <= lines_per_part
        pieces[part.file].append(piece)
    assert ["".join(texts) for texts in pieces.values()] == ["".join(LINES)] * 2
    assert [part.file for part in parts] == sorted(part.file for part in parts)
    assert len(parts) == 2 * -(-len(LINES) // lines_per_part)


def test_an_empty_file_has_no_parts(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert divide([str(tmp_path / "empty")], 3) == []


@pytest.mark.parametrize(
    "line, message",
    [
        (b'{"sentence": "x"', "begins like a JSON object"),
        (b'{"text": "x"}', 'neither "sentence" nor "tokens"'),
        (b'{"sentence": 1}', '"sentence" is to be a string'),
        (b'{"tokens": ["a", ""]}', '"tokens" is to be a list'),
        (b'{"sentence": "x", "language": "nl"}', '"language" is to be one of'),
        (b'{"sentence": "x", "sentence": "y"}', 'the key "sentence" stands there twice'),
        (b'{"sentence": "x", "id": ' + b"9" * 5000 + b"}", "begins like a JSON object"),
        # Else it would be found only once the parts before it are tagged.
        (b'{"sentence": "x", "tokens": ["y"]}', 'the token "y" is not in the "sentence" "x"'),
        (b"caf\xe9", "0xe9 is not valid UTF-8"),
        (b"one\rtwo", "carriage return inside the line"),
        (b"x" * 2**24, "longer than"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path, line, message):
    path = tmp_path / "input"
    path.write_bytes(b"good\n\n" + line + b"\ngood\n")
    with pytest.raises(ConfigurationError) as error:
        divide([str(path)], 2)
    assert f"{path}, line 3: " in str(error.value) and message in str(error.value)


def test_a_broken_archive_is_named(tmp_path):
    path = tmp_path / "input.gz"
    path.write_bytes(gzip.compress(b"sentence\n" * 10_000)[:-20])
    with pytest.raises(ConfigurationError, match="input.gz, line .*cannot be read"):
        divide([str(path)], 2)
