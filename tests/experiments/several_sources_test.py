"""The pipeline and its report, of pairs with other source languages than the paper's."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest
import yaml

from experiments.names import language_names, source_codes
from experiments.runs import read_experiments
from experiments.tables.paper_tables import table_2
from tests.experiments.run_folders import predictions, write_predictions, write_run
from tests.third_language import write_three_languages
from tests.tiny_runs import ROOT
from xner_allennlp.mapping import Mapping

PAIR = "en+es_nl"
SYSTEMS = ("cross_shared", "translated", "cross_distilled")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Tuple[str, Path]:
    """What the pipeline has said, and the folder of its results."""
    pytest.importorskip("snakemake")
    folder = tmp_path_factory.mktemp("experiments")
    write_three_languages(folder / "data", sentences=96)
    preset = yaml.safe_load((ROOT / "experiments/presets/fixtures.yaml").read_text("utf-8"))
    preset.update(
        needs_data=True,
        pairs=[PAIR],
        seeds=[1],
        base_systems=list(SYSTEMS[:1]),
        systems=list(SYSTEMS[1:]),
    )
    (folder / "preset.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
    command = [sys.executable, "experiments/run.py", str(folder / "preset.yaml"), "--jobs", "2"]
    process = subprocess.run(
        [*command, "--data", str(folder / "data"), "--output", str(folder / "out")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout, folder / "out"


def test_each_source_is_mapped_into_the_space_of_the_target(finished: Tuple[str, Path]) -> None:
    said, root = finished
    assert said.count("rule map_source:") == 2 and "rule map_embeddings:" not in said
    mappings = {}
    for source in ("en", "es"):
        folder = root / "mapping" / PAIR / source
        mappings[source] = Mapping.load(folder / "mapping.npz")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        assert config["source_vectors"].endswith(f"vectors/{source}.vec.gz")
        assert config["target_vectors"].endswith("vectors/nl.vec.gz")
    for mapping in mappings.values():
        assert mapping.direction == "source_to_target" and mapping.fixed_W is None


def test_every_system_learns_from_both(finished: Tuple[str, Path]) -> None:
    _, root = finished
    mapping = root / "mapping" / PAIR
    for system in SYSTEMS:
        run = root / "systems" / PAIR / system / "seed_1"
        status = _read(run / "status.json")
        assert status["state"] == "finished"
        assert f"XNER_MAPPING={mapping}" in shlex.split(status["command"])
        config = _read(run / "config.json")
        assert config["train_data_path"].keys() == {"source_en", "source_es", "target"}
        chosen = "average" if system == "cross_distilled" else "source_dev"
        sets = _read(run / "evaluation" / chosen / "metrics.json")["sets"]
        assert {"source_en_test", "source_es_test", "target_test"} <= sets.keys()
    distilled = _read(root / "systems" / PAIR / "cross_distilled/seed_1/status.json")
    assert f"{root}/systems/{PAIR}/translated/seed_1/model.tar.gz" in distilled["command"]


def test_the_report(finished: Tuple[str, Path]) -> None:
    _, root = finished
    report = (root / "report" / "report.md").read_text("utf-8")
    assert "| en+es-nl | 3 | 1 | Cross-Shared |" in report
    figures = {path.stem for path in (root / "report").rglob("*.png")}
    for name in ("figure_2", "figure_3", "learning_curves", "type_confusion"):
        assert f"{name}_{PAIR}" in figures
    assert read_experiments(root).problems == []


def test_names_of_languages() -> None:
    assert source_codes("en_nl") == ["en"] and source_codes(PAIR) == ["en", "es"]
    assert language_names("es_nl") == ("Spanish", "Dutch")
    assert language_names("es+en_xx") == ("Spanish", "xx")


def test_source_mono_is_of_its_own_language(tmp_path: Path) -> None:
    for pair, right in (("es_nl", 0.5), ("en_nl", 0.9)):
        run = write_run(tmp_path, "source_mono", 1, predictions(0.1), pair=pair)
        file = run / "evaluation" / "source_dev" / "source_test.conll"
        write_predictions(file, predictions(right))
    table = table_2(read_experiments(tmp_path))
    f1 = {row[0]: row[5] for row in table.rows if row[5] is not None}
    assert f1.keys() == {"English", "Spanish"} and f1["English"].mean > f1["Spanish"].mean + 10


def _read(path: Path) -> Dict[str, Any]:
    content: Dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
