"""A trained run of Cross-Augmented on a few toy sentences, as the pipeline has it."""

import json
from pathlib import Path

from tests.tiny_runs import ROOT, tiny_config, train


def train_run(root: Path) -> Path:
    """Trains for a few seconds, and returns the run's folder."""
    run = root / "systems" / "en_nl" / "cross_augmented" / "seed_1"
    run.parent.mkdir(parents=True)
    config = tiny_config("cross_augmented", root / "corpora", sentences=60)
    train(config, run)
    status = {"state": "finished", "seconds": 2.0, "command": "", "message": ""}
    (run / "status.json").write_text(json.dumps(status))
    return run


TARGET_CORPUS = ROOT / "fixtures" / "toy" / "ner" / "target.testb"
