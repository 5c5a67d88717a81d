"""Folders of runs as the experiments' pipeline leaves them, made by hand."""

import json
import random
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from xner_allennlp.spans import EntitySpan, tags_of_spans

SELECTIONS = ("source_dev", "target_dev", "target_test")
TYPES = ("LOC", "PER")

# Words, gold tags and predicted tags.
Sentence = Tuple[List[str], List[str], List[str]]


def predictions(right: float, number: int = 40, seed: int = 0) -> List[Sentence]:
    """
    Always the same sentences of 4 to 12 words, with an entity of two words in each; the share
    `right` of them is predicted as it is, the others with the other type or not at all.
    """
    corpus, answers = random.Random(0), random.Random(seed)
    sentences = []
    for _ in range(number):
        length = corpus.randint(4, 12)
        span = EntitySpan(corpus.choice(TYPES), 1, 3)
        words = [f"w{corpus.randint(0, 99)}" for _ in range(length)]
        other = TYPES[1 - TYPES.index(span.type)]
        wrong = [[], [span._replace(type=other)]][answers.randint(0, 1)]
        found = [span] if answers.random() < right else wrong
        sentences.append(
            (words, tags_of_spans([span], length, "BIO"), tags_of_spans(found, length, "BIO"))
        )
    return sentences


def write_predictions(path: Path, sentences: Sequence[Sentence]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = ["".join(f"{w} {g} {p}\n" for w, g, p in zip(*sentence)) for sentence in sentences]
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_run(
    root: Path,
    system: str,
    seed: int,
    sentences: Sequence[Sentence],
    *,
    pair: str = "en_es",
    selections: Sequence[str] = SELECTIONS,
    curve: Sequence[float] = (0.2, 0.4),
    status: Optional[Dict[str, Any]] = None,
    parameters: int = 1234,
) -> Path:
    """A finished run (or one of another `status`) with the same predictions by each selection."""
    folder = root / "systems" / pair / system / f"seed_{seed}"
    folder.mkdir(parents=True)
    status = status or {"state": "finished", "seconds": 90.0, "command": "", "message": ""}
    (folder / "status.json").write_text(json.dumps(status))
    for selection in selections:
        evaluation = folder / "evaluation" / selection
        write_predictions(evaluation / "target_test.conll", sentences)
        metrics = {"selection": selection, "epoch": 1, "trainable_parameters": parameters}
        (evaluation / "metrics.json").write_text(json.dumps({**metrics, "sets": {}}))
    for epoch, value in enumerate(curve):
        metrics = {"validation_source_f1": value, "validation_target_f1": value / 2}
        (folder / f"metrics_epoch_{epoch}.json").write_text(json.dumps(metrics))
    return folder


def write_rounds(folder: Path, number: int, gold: bool = True) -> None:
    lines = []
    for round_ in range(number):
        line: Dict[str, Any] = {"round": round_, "epoch": 0, "length": 5 + round_, "sentences": 9}
        if round_:
            line["type_divergence"] = 0.02 * round_
        if gold:
            line.update(precision=0.5, recall=0.25, f1=0.01 * round_)
            line["types"] = {"LOC": {"precision": 0.5, "recall": 0.5, "f1": 0.5}}
        lines.append(json.dumps(line) + "\n")
    (folder / "pseudo_labels.jsonl").write_text("".join(lines))


def write_experiments(root: Path, pairs: Sequence[str] = ("en_es", "en_nl")) -> Path:
    """Five systems of each pair, two seeds; one failed run, one ablation."""
    for pair in pairs:
        for seed in (1, 2):
            for system, right in (
                ("source_mono", 0.2),
                ("cross_shared", 0.6),
                ("cross_augmented", 0.9),
                ("cross_augmented.no_teacher_loss", 0.7),
            ):
                folder = write_run(root, system, seed, predictions(right, seed=seed), pair=pair)
                if system == "source_mono":
                    english = folder / "evaluation" / "source_dev" / "source_test.conll"
                    write_predictions(english, predictions(0.8, seed=seed))
                if system == "cross_augmented":
                    write_rounds(folder, 3)
            supervised = predictions(0.95, seed=seed)
            write_run(root, "supervised", seed, supervised, pair=pair, selections=SELECTIONS[1:])
    failed = {"state": "failed", "seconds": 3.0, "command": "", "message": "out of memory"}
    write_run(root, "cross_word", 1, [], selections=(), status=failed, curve=())
    (root / "best_base").mkdir()
    for pair in pairs:
        (root / "best_base" / f"{pair}.json").write_text('{"system": "cross_shared"}')
    return root
