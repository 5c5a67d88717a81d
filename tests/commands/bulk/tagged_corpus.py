"""What the tests of bulk tagging do with a corpus: write it, tag it, read the parts."""

import gzip
from pathlib import Path

from xner_allennlp.commands.tag_corpus import tag_corpus

BATCH, PART = 4, 40


def write(path, lines):
    text = "".join(line + "\n" for line in lines).encode("utf-8")
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


def tag(archive, inputs, output, **options):
    return tag_corpus(
        archive,
        [inputs] if isinstance(inputs, str) else inputs,
        str(output),
        **{"workers": 2, "batch_size": BATCH, "lines_per_part": PART, **options},
    )


def parts(output):
    return sorted(Path(output).glob("part-*"))


def whole(output):
    return b"".join(path.read_bytes() for path in parts(output))
