"""
The archives that archives_test.py reads, made once on either stack:

    python tests/portability/make_archive.py modern      # Python 3.11, torch 2.13
    python tests/portability/make_archive.py official    # Python 3.10, torch 1.12

writes `<stack>.tar.gz`, a Cross-Shared tagger of a few words, and `<stack>.json`, what it says of a
few sentences there.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.portability.compare_stacks import tag_with  # noqa: E402
from tests.tiny_runs import callback, first_sentences, tiny_config, train  # noqa: E402

_SENTENCES = 28
_WORDS = 80


def make_archive(stack: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config = tiny_config("cross_shared", folder / "data", sentences=_SENTENCES)
        callback(config, "source_passes")["num_passes"] = 100
        _keep_few_vectors(config, folder)
        train(config, folder / "run")
        (HERE / f"{stack}.tar.gz").write_bytes((folder / "run" / "model.tar.gz").read_bytes())
        corpus = folder / "corpus"
        corpus.write_text(
            first_sentences(Path(config["train_data_path"]["target"]), _SENTENCES), "utf-8"
        )
        answers = tag_with(HERE / f"{stack}.tar.gz", corpus)
    (HERE / f"{stack}.json").write_text(json.dumps(answers, indent=0) + "\n", "utf-8")


def _keep_few_vectors(config: Dict[str, Any], folder: Path) -> None:
    """The vectors of the first words of the corpora that have one."""
    for language, embedder in config["model"]["word_embedders"].items():
        text = Path(config["train_data_path"][language]).read_text("utf-8")
        words = {line.split(" ")[0].lower() for line in text.split("\n") if line}
        header, *lines = Path(embedder["pretrained_file"]).read_text("utf-8").split("\n")
        kept: List[str] = [line for line in lines if line.split(" ")[0] in words][:_WORDS]
        file = folder / f"{language}.vec"
        file.write_text("\n".join([f"{len(kept)} {header.split()[1]}", *kept]) + "\n", "utf-8")
        embedder["pretrained_file"] = str(file)
    config["vocabulary"]["pretrained_files"]["target_tokens"] = str(folder / "target.vec")


if __name__ == "__main__":
    from xner_allennlp import plugin  # noqa: F401  (registers the components)

    make_archive(sys.argv[1])
