"""`xner-tagger card`."""

import subprocess
import sys
import tarfile
from pathlib import Path

from tests.serving.server import MAIN
from tests.tiny_runs import ROOT


def test_it_needs_neither_allennlp_nor_torch(tmp_path: Path) -> None:
    card = tmp_path / "tagger" / "README.md"
    card.parent.mkdir()
    card.write_text("# A card: é\n", "utf-8")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(card, "README.md")
    program = f"import sys; sys.modules.update(allennlp=None, torch=None); {MAIN}"
    for path in (card.parent, tmp_path / "model.tar.gz"):
        command = [sys.executable, "-c", program, "card", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
        assert (done.returncode, done.stdout, done.stderr) == (0, "# A card: é\n", "")
