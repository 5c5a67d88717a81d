import bz2
import gzip
import logging
import lzma
import re

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.text_file import read_text_file, whole_compressed_file


def test_only_line_feeds_end_lines(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes("a\u0085b\u2028c\x0bd\x1ce\n\nf\r\ng\r\r\n".encode())
    assert read_text_file(path) == [(1, "a\u0085b\u2028c\x0bd\x1ce"), (2, ""), (3, "f"), (4, "g")]


@pytest.mark.parametrize("content", ["a\nb", "a\nb\n"])
def test_last_line_with_and_without_line_feed(tmp_path, content):
    path = tmp_path / "x.txt"
    path.write_text(content)
    assert read_text_file(path) == [(1, "a"), (2, "b")]


def test_empty_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"")
    assert read_text_file(path) == []


@pytest.mark.parametrize(
    ("encoding", "option"),
    [
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("latin-1", "latin-1"),
        ("utf-8", "utf-8"),
    ],
)
def test_encodings_and_byte_order_marks(tmp_path, encoding, option):
    path = tmp_path / "x.txt"
    path.write_bytes("Österreich\nñ\n".encode(encoding))
    assert read_text_file(path, encoding=option) == [(1, "Österreich"), (2, "ñ")]


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed(tmp_path, suffix, compress):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(compress("é\n".encode()))
    assert read_text_file(str(path)) == [(1, "é")]
    path.write_bytes(b"not compressed at all")
    with pytest.raises(ConfigurationError, match=f"x{suffix}: cannot be read"):
        read_text_file(path)


@pytest.mark.parametrize(
    "data, message",
    [
        (gzip.compress(b"a O\n"), "this is gzip; let its name end in .gz"),
        (bz2.compress(b"a O\n"), "this is bzip2; let its name end in .bz2"),
        (lzma.compress(b"a O\n"), "this is xz; let its name end in .xz"),
        (b"\x28\xb5\x2f\xfd\x04", "this is zstd; unpack it"),
        (b"PK\x03\x04\x14\0\r\n", "this is a ZIP archive"),
        (b"PAR1\x15\x04\0", "this is Parquet; "),
    ],
    ids=["gzip", "bzip2", "xz", "zstd", "zip", "parquet"],
)
def test_what_is_packed_is_named(tmp_path, data, message):
    for path in (tmp_path / "x", tmp_path / "x.gz"):  # also twice
        path.write_bytes(data if path.suffix == "" else gzip.compress(data))
        with pytest.raises(ConfigurationError, match=rf"{path.name}: {message}"):
            read_text_file(path)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".txt"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    path, again = tmp_path / f"x{suffix}", tmp_path / f"y{suffix}"
    for name in (path, again):
        with whole_compressed_file(name) as stream:
            stream.write("é\n".encode())
    assert read_text_file(path) == [(1, "é")]
    assert path.read_bytes() == again.read_bytes()
    assert (path.read_bytes() == "é\n".encode()) == (suffix == ".txt")
    with pytest.raises(RuntimeError), whole_compressed_file(path) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert read_text_file(path) == [(1, "é")] and len(list(tmp_path.iterdir())) == 2


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ConfigurationError, match=r"gone\.txt: no such file .* check the path"):
        read_text_file(tmp_path / "gone.txt")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_text_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        ("a\nb\nMüller\n".encode("latin-1"), "utf-8", r"line 3: the byte 0xfc .* in latin-1"),
        ("a\n“Müller”\n".encode("cp1252"), "utf-8", r"line 2: the byte 0x93 .* in cp1252"),
        ("a\nb\n".encode("utf-16"), "utf-8", r"line 1: the byte 0xff .* in utf-16"),
        ("a\nMüller\n".encode(), "ascii", r"line 2: the byte 0xc3 .* in utf-8"),
        ("a\nb\n".encode("utf-16-le"), "utf-8", r"line 1: a null character.*utf-16"),
        (b"a\n", "utf-9", "no encoding 'utf-9' of texts; try utf-8"),
        (b"a\n", "rot13", "no encoding 'rot13' of texts"),
        (b"a\n", "idna\0", "no encoding .* of texts"),
        (b"\xff\n", "idna", "no encoding .* of texts"),
        (
            b"M\xc3\xbcller\nM\xfcller\n" * 2 + b"\xc3\xbc\n",
            "utf-8",
            "line 2: .* utf-8 but for this line and 1 more: repair",
        ),
        (
            b"M\xc3\xbcller\nM\xfcller\n\xc3\xbc\n",
            "utf-8",
            "line 2: .* utf-8 but for this line: repair what is not, or let xner-data convert",
        ),
        # \u0a00 is a letter whose two bytes are those of no line feed.
        ("\u0a05\u050a\nb\n".encode("utf-16") + b"\n", "utf-16", "line 3: the byte 0x0a"),
        (b"ok\r\nold\rMac\n", "utf-8", "line 2: a carriage return inside"),
    ],
)
def test_bad_content(tmp_path, content, encoding, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"bad\.txt.*{message}"):
        read_text_file(path, encoding=encoding)


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        ("Müller\n", "latin-1", "looks like utf-8"),
        ("Müller\n", "cp1252", "looks like utf-8"),
        ("a\nM\ufffdller\n", "utf-8", r"line 2: U\+FFFD \(1 in the file\)"),
    ],
)
def test_suspicious_content_is_warned_of(tmp_path, caplog, content, encoding, message):
    path = tmp_path / "x.txt"
    path.write_bytes(content.encode())
    with caplog.at_level(logging.WARNING):
        read_text_file(path, encoding=encoding)
    assert [record for record in caplog.records if "x.txt" in record.getMessage()]
    assert re.search(message, caplog.text)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_no_false_alarm(tmp_path, caplog, encoding):
    path = tmp_path / "x.txt"
    path.write_bytes("Müller ging\n".encode(encoding))
    with caplog.at_level(logging.WARNING):
        read_text_file(path, encoding=encoding)
    assert not caplog.records
