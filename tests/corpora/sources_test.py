import re
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora import sources
from xner_allennlp.corpora.sources import SOURCES, Checksum, Source, identify

DIGITS = {"sha1": 40, "sha256": 64, "sha512": 128}


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_checksums_are_whole_and_say_who_knows_them(source: Source) -> None:
    assert source.licence and source.address.startswith("http")
    for checksum in source.checksums:
        assert re.fullmatch(f"[0-9a-f]{{{DIGITS[checksum.algorithm]}}}", checksum.digest)
        assert checksum.known_from


def test_no_checksum_stands_twice() -> None:
    digests = [checksum.digest for source in SOURCES.values() for checksum in source.checksums]
    assert len(set(digests)) == len(digests)


def test_identify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert identify(path) is None
    # FIPS 180-2's example.
    known = Checksum("abc", "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d", "FIPS 180-2")
    source = Source("abc", "", "", "", "", "", [known])
    monkeypatch.setitem(sources.SOURCES, "abc", source)
    assert identify(path) == known
    with pytest.raises(ConfigurationError, match="no such file"):
        identify(tmp_path / "gone")
