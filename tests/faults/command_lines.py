"""The command lines that are killed, on a little data, and what their outcome is."""

import json
import re
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import torch

from tests.tiny_runs import ROOT, callback, tiny_config
from xner_allennlp import plugin  # noqa: F401  (sets the defaults of the configs)

PLUGIN = ["--include-package", "xner_allennlp"]
VECTORS = {
    side: str(ROOT / "fixtures" / "toy" / "vectors" / f"{side}.vec")
    for side in ("source", "target")
}
# What depends on the clock and on the machine's memory.
_MEASURED = re.compile(r"seconds|duration|memory_MB")


class CommandLine(NamedTuple):
    """
    begin, go_on : `List[str]`
        The command and the one after an interruption; `FOLDER` stands for the folder of the run.
    phases : `List[Tuple[str, str]]`
        What the log says, a regular expression, when a phase begins, in their order.
    moments : `List[Tuple[str, str, int]]`
        Of file operations the name, for the table; a regular expression; which one of them.
    outcome : `Callable[[Path], Dict[str, Any]]`
        All that must be equal to that of a run that nobody kills.
    """

    name: str
    begin: List[str]
    go_on: List[str]
    phases: List[Tuple[str, str]]
    moments: List[Tuple[str, str, int]]
    outcome: Callable[[Path], Dict[str, Any]]


def train(folder: Path, passes: int = 12) -> CommandLine:
    """Cross-Augmented with everything it has: pre-training, pseudo-labels, two selections."""
    config = tiny_config("cross_augmented", folder / "data", sentences=96)
    callback(config, "source_passes")["num_passes"] = passes
    callback(config, "pseudo_labels").update(n_steps=4, pretraining_passes=passes // 4)
    config["trainer"]["optimizer"]["lr"] = 0.5
    config["model"]["dropout"] = 0.1
    (folder / "config.json").write_text(json.dumps(config))
    begin = ["allennlp", "train", str(folder / "config.json"), "-s", "FOLDER", *PLUGIN]
    return CommandLine(
        "train",
        begin,
        [*begin, "--recover"],
        [
            ("reading", "Random seeds"),
            ("pre-training", "Beginning training"),
            ("pseudo-labels and joint training", "pseudo-labels, round"),
            ("scoring the test set", "will be evaluated using the best"),
            ("archiving", "archiving weights"),
        ],
        [
            ("before config.json has its name", r"rename .*/config\.json", 1),
            ("in the middle of vocabulary/", r"rename .*/vocabulary/source_tokens\.txt", 1),
            ("before vocabulary/ is complete", r"rename .*/non_padded_namespaces\.txt", 1),
            ("before the first checkpoint", r"open .*/\.metrics_epoch_0\.json", 1),
            ("writing best_target_f1.th", r"open .*/\.best_target_f1\.th", 1),
            ("writing the model's state", r"open .*/\.model_state_e\d+_b0\.th", 1),
            ("before the model's state has its name", r"rename .*/model_state_e\d+_b0\.th", 2),
            ("writing the training state", r"open .*/\.training_state_e\d+_b0\.th", 2),
            ("before the training state has its name", r"rename .*/training_state_e\d+_b0\.th", 1),
            ("removing the old checkpoint", r"remove .*/model_state_e\d+_b0\.th", 1),
            ("the old checkpoint is half removed", r"remove .*/training_state_e\d+_b0\.th", 1),
            ("checkpoint there, best.th not", r"link .*/best\.th", 1),
            ("checkpoint there, best.th old", r"remove .*/best\.th", 1),
            ("writing the journal of pseudo-labels", r"open .*/pseudo_labels\.jsonl", 1),
            ("before metrics.json has its name", r"rename .*/metrics\.json", 1),
            ("writing model.tar.gz", r"open .*/\.model\.tar\.gz", 1),
            ("before model.tar.gz has its name", r"rename .*/model\.tar\.gz", 1),
        ],
        outcome_of_training,
    )


def map_embeddings(folder: Path, words_per_epoch: int = 66_000) -> CommandLine:
    """The paper's procedure: adversarial training and refinement."""
    config = {
        "source_vectors": VECTORS["source"],
        "target_vectors": VECTORS["target"],
        "mapper": {
            "start": {
                "epochs": 2,
                # 2,063 steps by default: a state is saved within the epoch, and one after it.
                "words_per_epoch": words_per_epoch,
                "hidden_dim": 16,
                "mapping_lr": 0.5,
                "beta": 0.02,
            },
        },
        "max_words": 500,
        "write_mapped_vectors": True,
    }
    (folder / "mapping.json").write_text(json.dumps(config))
    begin = ["allennlp", "map-embeddings", str(folder / "mapping.json"), "-s", "FOLDER"]
    begin.append("--accept-failure")
    return CommandLine(
        "map-embeddings",
        begin,
        [*begin, "--recover"],
        [
            ("adversarial training", "adversarial training"),
            ("refinement", "refinement"),
            ("writing", "Metrics"),
        ],
        [
            ("before config.json has its name", r"rename .*/config\.json", 1),
            ("before the first state has its name", r"rename .*/restart0-start\.state\.npz", 1),
            ("writing a state of the GAN", r"open .*/\.restart0-start\.state\.npz", 2),
            ("writing a state of the refinement", r"open .*/\.restart\d-refinement\.state", 2),
            ("before mapping.npz has its name", r"rename .*/mapping\.npz", 1),
            ("before metrics.json has its name", r"rename .*/metrics\.json", 1),
            ("writing the mapped vectors", r"open .*/\.source\.vec\.gz", 1),
            ("between the mapped vectors", r"rename .*/target\.vec\.gz", 1),
            ("removing the states", r"remove .*\.state\.npz", 2),
        ],
        outcome_of_mapping,
    )


def learn(folder: Path) -> CommandLine:
    """`xner-map learn` from optimal transport."""
    begin = ["xner-map", "learn", "--source", VECTORS["source"], "--target", VECTORS["target"]]
    begin += ["--preset", "cpu", "--set", "start.restarts=2", "--set", "restarts=2"]
    begin += ["--max-words", "300", "-s", "FOLDER", "--accept-failure"]
    return CommandLine(
        "xner-map learn",
        begin,
        [*begin, "--recover"],
        [("optimal transport", "transport"), ("refinement", "refinement"), ("writing", "Metrics")],
        [
            ("before the start's state has its name", r"rename .*/restart0-start\.state\.npz", 1),
            ("writing a state of the refinement", r"open .*/\.restart\d-refinement\.state", 3),
            ("before steps.tsv has its name", r"rename .*/steps\.tsv", 5),
            ("before mapping.npz has its name", r"rename .*/mapping\.npz", 1),
        ],
        outcome_of_mapping,
    )


def tag_corpus(folder: Path) -> CommandLine:
    """A corpus in many parts, two workers, and what `train` has made in the same folder."""
    archive = str(folder / "train-whole" / "model.tar.gz")
    text = (ROOT / "fixtures" / "toy" / "ner" / "target.testb").read_text(encoding="utf-8")
    sentences = [
        " ".join(line.split(" ")[0] for line in sentence.split("\n"))
        for sentence in text.strip().split("\n\n")
    ]
    corpus = folder / "corpus.txt"
    corpus.write_text("".join(line + "\n" for line in sentences * 100), encoding="utf-8")
    begin = ["allennlp", "tag-corpus", archive, str(corpus), "FOLDER", "--workers", "2"]
    begin += ["--lines-per-part", "256", *PLUGIN]
    return CommandLine(
        "tag-corpus",
        begin,
        begin,
        [("tagging", "parts in")],
        [("before manifest.json has its name", r"rename .*/manifest\.json", 1)],
        lambda run: {path.name: path.read_bytes() for path in sorted(run.glob("part-*"))},
    )


def outcome_of_training(run: Path) -> Dict[str, Any]:
    outcome: Dict[str, Any] = {
        name: (run / name).read_bytes() for name in ("model.tar.gz", "pseudo_labels.jsonl")
    }
    for path in [*run.glob("best*.th"), *run.glob("model_state_*.th")]:
        outcome[path.name] = {
            name: (tensor.dtype, tensor.shape, tensor.cpu().numpy().tobytes())
            for name, tensor in torch.load(path).items()
        }
    for path in run.glob("metrics*.json"):
        outcome[path.name] = _without_measures(json.loads(path.read_text()))
    for path in (run / "vocabulary").glob("*.txt"):
        outcome[path.name] = path.read_bytes()
    return outcome


def outcome_of_mapping(run: Path) -> Dict[str, Any]:
    outcome: Dict[str, Any] = {
        "metrics": _without_measures(json.loads((run / "metrics.json").read_text()))
    }
    for path in [run / "mapping.npz", run / "steps.tsv", *run.glob("*.vec.gz")]:
        outcome[path.name] = path.read_bytes()
    return outcome


def _without_measures(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_measures(item) for key, item in value.items() if not _MEASURED.search(key)
        }
    return [_without_measures(item) for item in value] if isinstance(value, list) else value
