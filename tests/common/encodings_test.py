import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.encodings import decode, likely_encoding


@pytest.mark.parametrize(
    ("data", "encoding", "foreign"),
    [
        (b"a\n\xc3\xbc\n\xfc\x93\n\xc3\xbc", "utf-8", {3: "ü“"}),
        # half of a surrogate pair, as where emoji were cut
        (b"\xc3\xbc\n\xc3\xbc\na\xed\xa0\xbdb", "utf-8", {3: "a\ufffd\ufffd\ufffdb"}),
        (b"a\n\xc3\xbc\n\xfc\n", "latin-1", {}),  # as many of one kind as of the other
        (b"\xc3\xbc\n", "utf-8", {}),
    ],
)
def test_lines_in_another_encoding(data, encoding, foreign):
    assert likely_encoding(data) == encoding
    decoded = decode(data, path="x")
    assert (decoded.encoding, decoded.foreign) == (encoding, foreign)
    lines = decoded.text.split("\n")
    assert len(lines) == data.count(b"\n") + 1
    assert all(lines[number - 1] == line for number, line in foreign.items())
    # However the encoding is spelled.
    assert decode(data, "UTF8", path="x").foreign == foreign


@pytest.mark.parametrize(
    ("text", "encoding"), [("ü\n“a”", "cp1252"), ("ü\ná", "latin-1"), ("ü\nа", "utf-16")]
)
def test_a_text_is_read_in_its_likely_encoding(text, encoding):
    decoded = decode(text.encode(encoding), path="x")
    assert decoded == (text, encoding, None, {})


@pytest.mark.parametrize(
    ("data", "encoding", "line", "byte", "text"),
    [
        (b"a\n\xfc\n", "utf-8", 2, 0xFC, "a\n\ufffd\n"),
        (b"a\n\n\x81", "cp1252", 3, 0x81, "a\n\n\ufffd"),
        # \u0a00 is a letter whose two bytes are those of no line feed.
        ("\u0a05\n".encode("utf-16-le") + b"b", "utf-16-le", 2, 0x62, "\u0a05\n\ufffd"),
    ],
)
def test_the_first_line_that_cannot_be_read(data, encoding, line, byte, text):
    decoded = decode(data, encoding, path="x")
    assert (decoded.not_decodable, decoded.text, decoded.foreign) == ((line, byte), text, {})


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "idna\0"])
def test_no_encoding_of_texts(encoding):
    with pytest.raises(ConfigurationError, match="x.txt: there is no encoding .*; try utf-8"):
        decode(b"a", encoding, path="x.txt")
