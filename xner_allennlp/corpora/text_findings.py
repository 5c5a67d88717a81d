"""What is odd about a corpus file as a text: encoding, line ends, blank lines."""

import codecs
import re
from typing import Iterator, Sequence, Tuple

from xner_allennlp.common.encodings import DecodedText, first_not_decodable
from xner_allennlp.corpora.findings import ERROR, NOTE, WARNING, Finding, counted


def findings_in_bytes(data: bytes, decoded: DecodedText) -> Iterator[Finding]:
    """Of the encoding and the line ends; `decoded` is what `data` was read as."""
    encoding, foreign = decoded.encoding, decoded.foreign
    if foreign:
        message = f"UTF-8, but for {counted(len(foreign), 'line')}"
        remedy = "Let it be repaired, and look at the lines: xner-data convert IN OUT."
        yield Finding(ERROR, "encoding", message, remedy, len(foreign), min(foreign))
    elif encoding != "utf-8":
        message = f"not UTF-8; the file is likely in {encoding}"
        remedy = (
            "Convert it: xner-data convert, if it is as distributed, else "
            f"iconv -f {encoding} -t utf-8."
        )
        first = first_not_decodable(data, "utf-8")
        line = None if first is None else first.line
        yield Finding(ERROR, "encoding", message, remedy, line=line)
    elif data.startswith(codecs.BOM_UTF8):
        message = "a byte order mark at the beginning; the reader drops it, others may not"
        yield Finding(WARNING, "bom", message, "Convert it with dos2unix.")
    if b"\0" in data and encoding != "utf-16":
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        remedy = "Get the file again; this is no text file."
        yield Finding(ERROR, "null_character", "a null character", remedy, data.count(b"\0"), line)
    if b"\r\n" in data:
        count = data.count(b"\r\n")
        message = (
            f"{counted(count, 'line')} with CR LF at the end; others than our reader keep the CR"
        )
        yield Finding(WARNING, "crlf", message, "Convert it with dos2unix.", count)
    inner = re.search(rb"(?<!\r)\r+(?![\r\n]|\Z)", data)
    if inner and encoding != "utf-16":
        line = data.count(b"\n", 0, inner.start()) + 1
        remedy = "Convert it with mac2unix, or remove the character."
        yield Finding(ERROR, "carriage_return", "a carriage return in a line", remedy, line=line)


def findings_in_blank_lines(lines: Sequence[Tuple[int, str]]) -> Iterator[Finding]:
    """Of numbered lines, those that part no sentences."""
    is_blank = [True, *(not text.strip(" \t") for _, text in lines)]
    runs = [
        number  # of the second blank line of a run, or of the file's first line
        for number in range(1, len(is_blank))
        if is_blank[number] and is_blank[number - 1] and (number == 1 or not is_blank[number - 2])
    ]
    if runs:
        message = f"blank lines repeated, or at the beginning, in {counted(len(runs), 'place')}"
        remedy = "Nothing: they part no sentences. Other readers may see empty sentences."
        yield Finding(NOTE, "blank_lines", message, remedy, len(runs), runs[0])
