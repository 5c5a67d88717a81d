"""
Fuzzing guided by coverage: Atheris changes bytes, and keeps inputs that reach code which no input
before them reached. The checks are the same as in the other tests of this folder.

    python -m tests.fuzz.coverage_guided TARGET FOLDER [libFuzzer's options, as -runs=100000]

FOLDER collects the inputs that reached new code; the next call goes on from there. An input that
fails a check is left beside it as `FOLDER.crash-...`.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict

import atheris

os.environ["TQDM_DISABLE"] = "1"  # thousands of bars would hide what it says

# Only what is imported here is watched.
with atheris.instrument_imports(include=["xner_allennlp"]):
    import xner_allennlp.plugin
    from tests.fuzz import checks_of_corpora, checks_of_input, checks_of_mappings, checks_of_vectors

import numpy as np

from tests.vectors.saved_vectors import save_vectors

OPTIONS = ("-max_len=4096", "-timeout=60", "-rss_limit_mb=6144", "-verbosity=0")
CONLL = b"Jan B-PER\nSmit I-PER\nwoont O\n\n-DOCSTART- O\n\nGoes\tNN\tB-LOC\r\n"
TEXT_VECTORS = b"3 2\na 0.5 1\nNew York -1e-3 .25\n\xc3\xa9\xc2\xa0 1 2 \n"


def _mapping(folder: Path) -> bytes:
    W = np.eye(2)
    xner_allennlp.mapping.Mapping(W=W, direction="source_to_target").save(folder / "m.npz")
    return (folder / "m.npz").read_bytes()


def _vectors(ending: str) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        matrix = np.arange(4, dtype=np.float32).reshape(2, 2)
        return save_vectors(folder / f"v{ending}", ["a", "é"], matrix).read_bytes()

    return write


class Target:
    """A `check` that is called with bytes, and the `first` input to change."""

    def __init__(self, check: Callable[[bytes], Any], first: Callable[[Path], bytes]) -> None:
        self.check = check
        self.first = first


TARGETS: Dict[str, Target] = {
    "conll": Target(checks_of_corpora.check_conll_file, lambda _: CONLL),
    "raw_text": Target(checks_of_corpora.check_raw_text, lambda _: "É. Jan's 1,5 日本\n".encode()),
    "data_check": Target(checks_of_corpora.check_data_check, lambda _: CONLL),
    "text_vectors": Target(checks_of_vectors.check_vector_file, lambda _: TEXT_VECTORS),
    "word2vec": Target(checks_of_vectors.check_vector_file, _vectors(".bin")),
    "npz": Target(checks_of_vectors.check_vector_file, _vectors(".npz")),
    "mapping": Target(checks_of_mappings.check_mapping_file, _mapping),
    "dictionary": Target(checks_of_mappings.check_dictionary, lambda _: b"house huis\na\tb\r\n"),
    "input": Target(
        checks_of_input.check_input_file,
        lambda _: b'Jan Smit\n{"tokens": ["a", "b"], "sentence": "a b"}\n\n{"sentence": "\\ud83d"}',
    ),
}


def main() -> None:
    name, folder, *options = sys.argv[1:]
    target = TARGETS[name]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        (Path(folder) / "first").write_bytes(target.first(Path(temporary)))
    logging.disable(logging.CRITICAL)
    own = [*OPTIONS, f"-artifact_prefix={folder}."]
    atheris.Setup([sys.argv[0], folder, *own, *options], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
