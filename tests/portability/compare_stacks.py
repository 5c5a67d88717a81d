"""
Archives between two stacks, for `make portability`:

    python tests/portability/compare_stacks.py PYTHON OTHER_PYTHON [SYSTEM ...]

Trains a small model of each system with either interpreter, tags the same sentences from every
archive with both, and compares tags and probabilities. The exit status is 1 if a tag differs.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = (
    "source_mono",
    "cross_word_no_char",
    "cross_word",
    "cross_shared",
    "cross_augmented",
    "translated",
    "supervised",
)
SENTENCES = ROOT / "fixtures" / "toy" / "ner" / "target.testb"


class Comparison(NamedTuple):
    """How two taggings of the same sentences differ."""

    sentences: int
    entities: int
    other_tags: int  # sentences
    probability: float  # the largest difference of an entity's


def train_systems(folder: Path, systems: List[str]) -> None:
    """`folder/<system>/run/model.tar.gz`, in this process."""
    from tests.tiny_runs import callback, tiny_config, train

    for system in systems:
        config = tiny_config(system, folder / system / "data", sentences=96)
        callback(config, "source_passes")["num_passes"] = 30
        if system == "supervised":
            for key in ("train_data_path", "validation_data_path", "test_data_path"):
                config[key].pop("source")
        if system == "cross_augmented":
            callback(config, "pseudo_labels").update(pretraining_passes=10)
        train(config, folder / system / "run")


def tag_with(archive: Path, sentences: Path = SENTENCES) -> List[Dict[str, Any]]:
    """What the predictor says of each sentence of a CoNLL file, in this process."""
    from allennlp.predictors import Predictor

    from xner_allennlp.data import read_conll_file

    predictor = Predictor.from_path(str(archive), "ner_tagger")
    rows = [{"tokens": list(sentence.words)} for sentence in read_conll_file(sentences).sentences]
    return [predictor.predict_json(row) for row in rows]


def compare(ours: List[Dict[str, Any]], theirs: List[Dict[str, Any]]) -> Comparison:
    differences = [0.0]
    for one, other in zip(ours, theirs, strict=True):
        assert one["tokens"] == other["tokens"]
        if one["tags"] == other["tags"]:
            for entity, same in zip(one["entities"], other["entities"], strict=True):
                differences.append(abs(entity["probability"] - same["probability"]))
    return Comparison(
        sentences=len(ours),
        entities=sum(len(one["entities"]) for one in ours),
        other_tags=sum(one["tags"] != other["tags"] for one, other in zip(ours, theirs)),
        probability=max(differences),
    )


def main(pythons: List[str], systems: List[str]) -> int:
    differing = 0
    with tempfile.TemporaryDirectory() as temporary:
        for number, python in enumerate(pythons):
            version = "import torch, sys; print(sys.version.split()[0], 'torch', torch.__version__)"
            print(f"stack {number}: {_output(python, '-c', version)}", flush=True)
            _output(python, __file__, "--train", f"{temporary}/{number}", *systems)
        print(f"{'system':<22}{'trained on':<12}{'sentences':>10}{'entities':>10}", end="")
        print(f"{'other tags':>12}{'largest difference of a probability':>38}")
        for trained_on in range(len(pythons)):
            folder = f"{temporary}/{trained_on}"
            tagged = [json.loads(_output(p, __file__, "--tag", folder, *systems)) for p in pythons]
            for system in systems:
                row = compare(tagged[0][system], tagged[1][system])
                differing += row.other_tags
                print(
                    f"{system:<22}stack {trained_on:<6}{row.sentences:>10}{row.entities:>10}",
                    end="",
                )
                print(f"{row.other_tags:>12}{row.probability:>38.1e}", flush=True)
    return int(differing > 0)


def _output(python: str, *arguments: str) -> str:
    done = subprocess.run([python, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{python} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1] in ("--train", "--tag"):
        from xner_allennlp import plugin  # noqa: F401

        where, chosen = Path(sys.argv[2]), sys.argv[3:]
        if sys.argv[1] == "--train":
            train_systems(where, chosen)
        else:
            print(
                json.dumps(
                    {name: tag_with(where / name / "run" / "model.tar.gz") for name in chosen}
                )
            )
    else:
        raise SystemExit(main(sys.argv[1:3], sys.argv[3:] or list(SYSTEMS)))
