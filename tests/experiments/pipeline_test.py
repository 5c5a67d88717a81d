"""The preset `fixtures` from end to end, as a user runs it, with one seed."""

import contextlib
import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from allennlp.common import Params
from seqeval.metrics import f1_score

from experiments import step

ROOT = Path(__file__).resolve().parents[2]

PRESET = ROOT / "experiments" / "presets" / "fixtures.yaml"
SYSTEMS = [
    "cross_word_no_char",
    "cross_shared",
    "source_mono",
    "translated",
    "cross_augmented",
]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "experiments/run.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def tags(path: Path, column: int):
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [[line.split(" ")[column] for line in block.splitlines()] for block in blocks]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory):
    pytest.importorskip("snakemake")
    folder = tmp_path_factory.mktemp("experiments")
    preset = yaml.safe_load(PRESET.read_text(encoding="utf-8"))
    preset["base_systems"], preset["systems"] = SYSTEMS[:2], SYSTEMS[2:] + ["no_such_system"]
    (folder / "preset.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
    process = run(
        str(folder / "preset.yaml"), "--seeds", "1", "--jobs", "2", "--output", str(folder / "out")
    )
    return process, folder / "out"


def test_a_run_that_fails_is_reported_and_stops_no_other(finished) -> None:
    process, root = finished
    assert process.returncode == 1, process.stdout
    runs = root / "systems" / "en_nl"
    states = {
        path.parent.parent.name: json.loads(path.read_text())["state"]
        for path in runs.glob("*/seed_1/status.json")
    }
    assert states == {**dict.fromkeys(SYSTEMS, "finished"), "no_such_system": "failed"}
    assert "failed: " in process.stdout and "no_such_system/seed_1" in process.stdout
    status = json.loads((runs / "no_such_system/seed_1/status.json").read_text())
    assert "no_such_system.jsonnet" in status["message"]
    assert "no_such_system" in (root / "report" / "report.md").read_text(encoding="utf-8")


def test_the_base_is_the_best_on_the_source_dev_set(finished) -> None:
    _, root = finished
    choice = json.loads((root / "best_base" / "en_nl.json").read_text())
    scores = {}
    for system in SYSTEMS[:2]:
        metrics = root / "systems" / "en_nl" / system / "seed_1" / "metrics.json"
        scores[system] = json.loads(metrics.read_text())["best_validation_source_f1"]
    assert choice["mean_source_dev_f1"] == pytest.approx(scores)
    assert choice["system"] == max(scores, key=lambda system: scores[system])
    status = root / "systems" / "en_nl" / "cross_augmented" / "seed_1" / "status.json"
    assert f"XNER_BASE={choice['system']}" in json.loads(status.read_text())["command"]


def test_tables_show_recomputed_scores(finished) -> None:
    _, root = finished
    shown = set()
    for path in (root / "report").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            for cell in (cell for row in csv.reader(stream) for cell in row):
                with contextlib.suppress(ValueError):
                    shown.add(round(float(cell), 2))
    for system in SYSTEMS:
        for selection in ("source_dev", "target_dev"):
            folder = root / "systems" / "en_nl" / system / "seed_1" / "evaluation" / selection
            gold, predicted = (tags(folder / "target_test.conll", column) for column in (1, 2))
            f1 = f1_score(gold, predicted)
            metrics = json.loads((folder / "metrics.json").read_text())
            assert metrics["sets"]["target_test"]["f1"] == pytest.approx(f1, abs=1e-6)
            assert round(100 * f1, 2) in shown, (system, selection)


def test_every_figure_is_there(finished) -> None:
    _, root = finished
    for kind in ("png", "pdf"):
        figures = list((root / "report").rglob(f"*.{kind}"))
        assert len(figures) >= 5
        assert all(figure.stat().st_size > 2000 for figure in figures)


def test_the_same_command_does_not_repeat_what_is_done(finished) -> None:
    process, root = finished
    before = {path: path.stat().st_mtime_ns for path in root.glob("systems/*/*/*/model.tar.gz")}
    preset = root.parent / "preset.yaml"
    # Without the failing system nothing is left to do but the report.
    content = yaml.safe_load(preset.read_text(encoding="utf-8"))
    content["systems"].remove("no_such_system")
    preset.write_text(yaml.safe_dump(content), encoding="utf-8")
    failed = root / "systems" / "en_nl" / "no_such_system"
    again = run(str(preset), "--seeds", "1", "--output", str(root))
    assert again.returncode == 0, again.stdout
    assert not (failed / "seed_1" / "status.json").exists()
    after = {path: path.stat().st_mtime_ns for path in root.glob("systems/*/*/*/model.tar.gz")}
    assert before == after and len(before) == len(SYSTEMS)


@pytest.mark.parametrize("seeds", [["3"], ["1", "2", "3"]])
@pytest.mark.parametrize("number, of_the_last", [(1, "3"), (2, "3 1"), (4, "3 1 2")])
def test_the_seeds_of_the_teachers(number, of_the_last, seeds, tmp_path) -> None:
    pytest.importorskip("snakemake")
    preset = yaml.safe_load(PRESET.read_text(encoding="utf-8"))
    preset["systems"], preset["teacher_seeds"] = ["translated", "cross_distilled"], number
    (tmp_path / "preset.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
    arguments = ["--seeds", *seeds, "--output", str(tmp_path / "out")]
    arguments += ["--", "--dry-run", "--printshellcmds"]
    planned = run(str(tmp_path / "preset.yaml"), *arguments).stdout
    (students,) = (line for line in planned.splitlines() if "cross_distilled --seed 3 " in line)
    assert students.endswith(f"--teacher-seeds {of_the_last}")
    for system in (*preset["base_systems"], "translated"):
        for seed in of_the_last.split():
            assert f"systems/en_nl/{system}/seed_{seed}/status.json --system" in planned


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("teacher_seeds", 0, "teacher_seeds is 0"),
        ("teacher_seed", 2, "preset.yaml: there is no teacher_seed; known are base_systems, "),
        ("seeds", None, "preset.yaml: seeds missing; take them from"),
        ("systems", "source_mono", "systems is source_mono, but must be a list: [source_mono]"),
    ],
)
def test_a_wrong_preset(key, value, message, tmp_path) -> None:
    preset = yaml.safe_load(PRESET.read_text(encoding="utf-8"))
    preset[key] = value
    if value is None:
        del preset[key]
    (tmp_path / "preset.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
    process = run(str(tmp_path / "preset.yaml"), "--output", str(tmp_path / "out"))
    assert process.returncode == 1 and message in process.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content, message",
    [
        (b"seeds: [1", "preset.yaml: not YAML in UTF-8"),
        (b"note: caf\xe9", "preset.yaml: not YAML in UTF-8"),
        (b"", "preset.yaml: not `name: value` on each line"),
    ],
    ids=["no YAML", "latin-1", "empty"],
)
def test_a_file_that_is_no_preset(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "preset.yaml").write_bytes(content)
    process = run(str(tmp_path / "preset.yaml"), "--output", str(tmp_path / "out"))
    assert process.returncode == 1 and message in process.stdout
    assert "Traceback" not in process.stdout


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["medium"], "neither a file nor one of the presets: fixtures, last_stage, paper, small"),
        (["small", "--data", "/nowhere"], "--data: there is no folder /nowhere"),
    ],
)
def test_bad_input(arguments, message) -> None:
    process = run(*arguments)
    assert process.returncode == 1
    assert message in process.stdout


@pytest.mark.parametrize("preset", sorted((ROOT / "experiments" / "presets").glob("*.yaml")))
def test_every_preset_names_what_exists(preset: Path) -> None:
    content = yaml.safe_load(preset.read_text(encoding="utf-8"))
    configs = ROOT / "training_configs"
    for system in content["base_systems"] + content["systems"]:
        folder = configs / "ablations" if "." in system else configs
        assert (folder / f"{system}.jsonnet").exists()
    named = (configs / "pairs.libsonnet").read_text(encoding="utf-8")
    assert [pair for pair in content["pairs"] if f" {pair}: pair" not in named] == []


@pytest.mark.parametrize("pair", ["en_nl", "en+es_nl"])
@pytest.mark.parametrize("name", ["small", "last_stage"])
def test_a_preset_fits_one_source_language_and_several(name: str, pair: str, monkeypatch) -> None:
    content = yaml.safe_load((ROOT / f"experiments/presets/{name}.yaml").read_text("utf-8"))
    settings = {"XNER_PAIR": pair, "XNER_MAPPING": "folder", "XNER_TEACHERS": "a,b"}
    for variable, value in step.environment({**content, "data": "/data"}, settings).items():
        if variable.startswith("XNER_"):
            monkeypatch.setenv(variable, value)
    for system in content["base_systems"] + content["systems"]:
        folder = "training_configs/ablations" if "." in system else "training_configs"
        changes = json.dumps(content["training_overrides"])
        params = Params.from_file(str(ROOT / folder / f"{system}.jsonnet"), changes)
        subwords = {
            embedder.get("subwords", False)
            for embedder in params["model"]["word_embedders"].as_dict().values()
        }
        assert subwords == {name == "last_stage"} or system.startswith("source_mono_random")
    monkeypatch.setenv("XNER_PAIR", "en_nl")
    mapping = Params.from_file(str(ROOT / "training_configs/mapping.jsonnet"))
    assert mapping["mapper"]["preset"] == "robust"
