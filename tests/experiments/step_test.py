"""Steps of the pipeline, with the commands that they call replaced."""

import argparse
import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any, List, Sequence

import pytest

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
CONFIG = {
    "preset": "fixtures",
    "data": "",
    "score_pseudo_labels": False,
    "mapping_overrides": {},
    "training_overrides": {},
    "mapping_seed": 1,
    "cuda_device": -1,
}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXPERIMENTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def step() -> ModuleType:
    return script("step")


def called(step: ModuleType, patch: pytest.MonkeyPatch, status: int = 0) -> List[Any]:
    """What is called instead of being run: commands and logs."""
    calls: List[Any] = []

    def call(command: Any, log: Path, environment: Any) -> int:
        calls.append((list(command), log))
        log.write_text("first\nlast\n")
        return status

    patch.setattr(step, "call", call)
    return calls


def train(
    step: ModuleType,
    root: Path,
    base: str = "cross_word",
    system: str = "cross_augmented",
    teacher_seeds: Sequence[int] = (),
) -> Any:
    choice = root / "base.json"
    choice.write_text(json.dumps({"system": base}))
    output = root / f"systems/en_nl/{system}/seed_1/status.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    arguments = argparse.Namespace(
        pair="en_nl",
        output=output,
        system=system,
        seed=1,
        mapping=[root / "mapping.npz"],
        base=choice,
        teacher_seeds=teacher_seeds,
    )
    step.train(arguments, CONFIG)
    return json.loads(output.read_text())


def begun(root: Path, base: str = "cross_word") -> Path:
    """A run that was interrupted."""
    folder = root / "systems/en_nl/cross_augmented/seed_1"
    folder.mkdir(parents=True)
    archive = root / f"systems/en_nl/{base}/seed_1/model.tar.gz"
    (folder / "config.json").write_text(json.dumps({"model": {"pretrained_file": str(archive)}}))
    archive.parent.mkdir(parents=True)
    for path in (root / "mapping.npz", archive):
        path.write_text("")
        os.utime(path, (1, 1))
    return folder


def test_a_run_that_fails_before_it_has_a_folder(step, tmp_path, monkeypatch) -> None:
    called(step, monkeypatch, status=1)
    status = train(step, tmp_path)
    assert status["state"] == "failed" and status["message"] == "first\nlast"


def test_an_interrupted_run_goes_on(step, tmp_path, monkeypatch) -> None:
    folder = begun(tmp_path)
    calls = called(step, monkeypatch)
    assert train(step, tmp_path)["state"] == "finished"
    assert "--recover" in calls[0][0] and (folder / "config.json").exists()


@pytest.mark.parametrize("what", ["base", "archive", "mapping", "config"])
def test_a_run_of_parts_that_were_replaced_begins_anew(step, what, tmp_path, monkeypatch) -> None:
    folder = begun(tmp_path)
    later = (2**32, 2**32)
    if what == "archive":
        os.utime(tmp_path / "systems/en_nl/cross_word/seed_1/model.tar.gz", later)
    elif what == "mapping":
        os.utime(tmp_path / "mapping.npz", later)
    elif what == "config":
        (folder / "config.json").write_text('{"model": ')
    calls = called(step, monkeypatch)
    train(step, tmp_path, base="cross_shared" if what == "base" else "cross_word")
    assert "--recover" not in calls[0][0] and not (folder / "config.json").exists()


def test_teachers_of_several_seeds(step, tmp_path, monkeypatch) -> None:
    called(step, monkeypatch)
    command = train(
        step, tmp_path, "cross_shared", "cross_distilled.hard_labels", teacher_seeds=(1, 2)
    )["command"]
    settings = dict(word.split("=", 1) for word in command.split() if word.startswith("XNER_"))
    teachers = [
        str(tmp_path / "systems/en_nl" / run / "model.tar.gz")
        for run in (
            "cross_shared/seed_1",
            "translated/seed_1",
            "cross_shared/seed_2",
            "translated/seed_2",
        )
    ]
    assert settings["XNER_SOURCE_ARCHIVE"] == teachers[0]
    assert settings["XNER_TEACHERS"].split(",") == teachers


@pytest.mark.parametrize("seeds, goes_on", [((1, 2), True), ((1, 3), False), ((1,), False)])
def test_a_student_of_other_teachers_begins_anew(
    step, seeds, goes_on, tmp_path, monkeypatch
) -> None:
    base, *others = (
        str(tmp_path / f"systems/en_nl/{system}/seed_{seed}/model.tar.gz")
        for seed in (1, 2)
        for system in ("cross_shared", "translated")
    )
    config = {
        "model": {"pretrained_file": base},
        "trainer": {"callbacks": {"distillation": {"teachers": [base, *others]}}},
    }
    folder = tmp_path / "systems/en_nl/cross_distilled/seed_1"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    calls = called(step, monkeypatch)
    train(step, tmp_path, "cross_shared", "cross_distilled", teacher_seeds=seeds)
    assert ("--recover" in calls[0][0]) == goes_on


@pytest.mark.parametrize("callbacks", [{}, {"distillation": None}])
@pytest.mark.parametrize("replaced, goes_on", [("translated", True), ("cross_shared", False)])
def test_a_student_without_teachers_goes_on(
    step, callbacks, replaced, goes_on, tmp_path, monkeypatch
) -> None:
    base, translated = (
        tmp_path / f"systems/en_nl/{system}/seed_1/model.tar.gz"
        for system in ("cross_shared", "translated")
    )
    for archive in (base, translated):
        archive.parent.mkdir(parents=True)
        archive.touch()
    folder = tmp_path / "systems/en_nl/cross_distilled.no_distillation/seed_1"
    folder.mkdir(parents=True)
    config = {"model": {"pretrained_file": str(base)}, "trainer": {"callbacks": callbacks}}
    (folder / "config.json").write_text(json.dumps(config))
    later = (2**32, 2**32)
    os.utime(tmp_path / f"systems/en_nl/{replaced}/seed_1/model.tar.gz", later)
    calls = called(step, monkeypatch)
    system = "cross_distilled.no_distillation"
    train(step, tmp_path, "cross_shared", system, teacher_seeds=(1,))
    assert ("--recover" in calls[0][0]) == goes_on


def test_each_direction_of_a_mapping_has_its_log(step, tmp_path, monkeypatch) -> None:
    calls = called(step, monkeypatch)
    for variant in ("", ".other_direction"):
        output = tmp_path / f"en_nl{variant}" / "mapping.npz"
        step.map_embeddings(
            argparse.Namespace(pair="en_nl", output=output, variant=variant, source=None), CONFIG
        )
    assert [log.name for _, log in calls] == ["en_nl.log", "en_nl.other_direction.log"]
    assert calls[1][0][2] == "training_configs/ablations/mapping.other_direction.jsonnet"


def test_a_preset_may_leave_overrides_empty(step, tmp_path, monkeypatch) -> None:
    calls = called(step, monkeypatch)
    arguments = argparse.Namespace(
        pair="en_nl", output=tmp_path / "en_nl" / "mapping.npz", variant="", source=None
    )
    step.map_embeddings(arguments, {**CONFIG, "mapping_overrides": None})
    assert "-o" not in calls[0][0]


def test_an_evaluation_that_fails_leaves_the_training_finished(step, tmp_path, monkeypatch) -> None:
    called(step, monkeypatch, status=1)
    trained = tmp_path / "seed_1" / "status.json"
    step.write_json(trained, {"state": "finished", "message": ""})
    output = tmp_path / "seed_1" / "evaluation" / "status.json"
    assert step.evaluate(argparse.Namespace(pair="en_nl", output=output), CONFIG) == 0
    assert json.loads(output.read_text()) == {"state": "failed", "message": "first\nlast"}
    assert json.loads(trained.read_text())["state"] == "finished"


def test_only_what_has_failed_is_tried_again(step, tmp_path) -> None:
    states = {1: ("finished", "finished"), 2: ("finished", "failed"), 3: ("failed", "failed")}
    for seed, (trained, evaluated) in states.items():
        run = tmp_path / "systems" / "en_nl" / "cross_word" / f"seed_{seed}"
        step.write_json(run / "status.json", {"state": trained})
        step.write_json(run / "evaluation" / "status.json", {"state": evaluated})
    script("run").forget_failures(tmp_path)
    left = {str(p.parent.relative_to(tmp_path)) for p in tmp_path.rglob("status.json")}
    runs = "systems/en_nl/cross_word/seed_"
    assert left == {f"{runs}1", f"{runs}1/evaluation", f"{runs}2"}


@pytest.mark.parametrize(
    "ours, snakemake",
    [
        (["small", "--seeds", "1", "2"], ["--executor", "slurm", "--jobs", "40"]),
        (["--seeds", "1", "2", "--jobs", "3", "small"], ["-n"]),
        (["small", "--seeds", "1", "2"], []),
    ],
)
def test_options_of_snakemake_stand_behind_dashes(ours, snakemake) -> None:
    argv = [*ours, "--", *snakemake] if snakemake else ours
    arguments = script("run").parse(argv)
    assert arguments.preset == "small" and arguments.seeds == [1, 2]
    assert arguments.snakemake == snakemake
    assert arguments.jobs == (3 if "--jobs" in ours else 1)
