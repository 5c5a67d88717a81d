"""
One step of the pipeline, as the Snakefile calls it:

    python experiments/step.py PAIR --config CONFIG STEP OUTPUT ...

Each step is one call of this project's command lines, with the settings of a preset. What was
interrupted goes on where it was. A training run that fails ends well here: its `status.json` says
"failed" and why, so that the others go on.
"""

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.log_end import last_lines

LANGUAGES_OF_THE_TOY_WORLD = ("source", "target")
LINES_OF_THE_LOG = 15


def main() -> int:
    arguments = parse()
    config = json.loads(arguments.config.read_text(encoding="utf-8"))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    return int(arguments.step(arguments, config))


def check(arguments: argparse.Namespace, config: Mapping[str, Any]) -> int:
    """The corpora of both languages; an error in them ends the pipeline for this pair."""
    if config["data"]:
        paths = [config["data"], "--languages", *arguments.pair.replace("+", "_").split("_")]
    else:
        paths = [
            f"fixtures/toy/ner/{side}.{part}"
            for side in LANGUAGES_OF_THE_TOY_WORLD
            for part in ("train", "testa", "testb")
        ]
    report = arguments.output.with_suffix(".txt")
    command = ["xner-data", "check", *paths, "-o", str(arguments.output), "--force"]
    status = call(command, report, environment(config))
    print(report.read_text(encoding="utf-8"), flush=True)
    return status


def map_embeddings(arguments: argparse.Namespace, config: Mapping[str, Any]) -> int:
    folder = arguments.output.parent
    file = f"ablations/mapping{arguments.variant}" if arguments.variant else "mapping"
    command = ["allennlp", "map-embeddings", f"training_configs/{file}.jsonnet", "-s", str(folder)]
    pair, changes = arguments.pair, dict(config["mapping_overrides"] or {})
    if arguments.source is not None:
        pair = f"{arguments.source}_{pair.partition('_')[2]}"
        # Else the target's space would not be the same for all sources.
        changes.update({"mapper.direction": "source_to_target", "mapper.reweighting": 0.0})
    command += how_to_begin(folder) + overrides(changes)
    settings = {"XNER_PAIR": pair, "XNER_SEED": str(config["mapping_seed"])}
    log = folder.with_name(f"{folder.name}.log")
    return call(command, log, environment(config, settings))


def train(arguments: argparse.Namespace, config: Mapping[str, Any]) -> int:
    """Ends well although the run failed: its status says so."""
    folder = arguments.output.parent
    settings = {
        "XNER_SEED": str(arguments.seed),
        "XNER_MAPPING": mapping_setting(arguments.mapping),
        "XNER_SELECTIONS": "all",
        "XNER_GOLD": "yes" if config["score_pseudo_labels"] else "",
        "XNER_PAIR": arguments.pair,
    }
    file = f"ablations/{arguments.system}" if "." in arguments.system else arguments.system
    archives: List[str] = []
    if arguments.base is not None:
        base = json.loads(arguments.base.read_text(encoding="utf-8"))["system"]
        settings["XNER_BASE"] = base
        systems = folder.parent.parent
        archives = [str(systems / base / folder.name / "model.tar.gz")]
        settings["XNER_SOURCE_ARCHIVE"] = archives[0]
        teachers = [
            str(systems / system / f"seed_{seed}" / "model.tar.gz")
            for seed in arguments.teacher_seeds
            for system in (base, "translated")
        ]
        if teachers:
            settings["XNER_TEACHERS"] = ",".join(teachers)
        archives += [teacher for teacher in teachers if teacher not in archives]
    command = ["allennlp", "train", f"training_configs/{file}.jsonnet", "-s", str(folder)]
    if is_outdated(folder, arguments.mapping, archives):
        shutil.rmtree(folder)
    # Snakemake, which deletes `arguments.output`, asks again when there are more seeds to choose
    # the base by.
    finished = folder / "finished.json"
    if finished.exists():
        write_json(arguments.output, json.loads(finished.read_text(encoding="utf-8")))
        return 0
    command += how_to_begin(folder) + overrides(config["training_overrides"])
    command += ["--include-package", "xner_allennlp"]
    log = folder.parent / f"{folder.name}.log"
    started = time.time()
    status = call(command, log, environment(config, settings))
    said = [f"{name}={value}" for name, value in settings.items() if value]
    outcome = {
        "state": "failed" if status else "finished",
        "seconds": round(time.time() - started, 1),
        "command": " ".join([*said, *map(shlex.quote, command)]),
        "message": end_of(log) if status else "",
    }
    if not status:
        write_json(finished, outcome)
    write_json(arguments.output, outcome)
    return 0


def choose_base(arguments: argparse.Namespace, config: Mapping[str, Any]) -> int:
    """The base system of the best mean F1 on the source dev set, which needs no target label."""
    scores: Dict[str, List[float]] = {}
    for path in arguments.runs:
        if json.loads(path.read_text(encoding="utf-8"))["state"] == "finished":
            metrics = json.loads((path.parent / "metrics.json").read_text(encoding="utf-8"))
            system = path.parent.parent.name
            scores.setdefault(system, []).append(metrics["best_validation_source_f1"])
    if not scores:
        print(f"No base system of {arguments.pair} was trained.", file=sys.stderr)
        return 1
    means = {system: statistics.mean(values) for system, values in scores.items()}
    best = max(means, key=lambda system: means[system])
    write_json(arguments.output, {"system": best, "mean_source_dev_f1": means, "runs": scores})
    return 0


def evaluate(arguments: argparse.Namespace, config: Mapping[str, Any]) -> int:
    """Scores every selection of a run; nothing where the run has failed. Ends well in any case."""
    folder = arguments.output.parent.parent
    trained = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    status = {"state": trained["state"], "message": trained["message"]}
    if trained["state"] == "finished":
        command = ["allennlp", "evaluate-selections", str(folder)]
        command += ["--cuda-device", str(config["cuda_device"])]
        command += ["--include-package", "xner_allennlp"]
        log = folder.parent / f"{folder.name}.evaluation.log"
        if call(command, log, environment(config)):
            status = {"state": "failed", "message": end_of(log)}
    write_json(arguments.output, status)
    return 0


def mapping_setting(files: Sequence[Path]) -> str:
    """The mapping, or of several source languages the folder of all; empty if there is none."""
    return str(files[0].parents[1] if len(files) > 1 else files[0]) if files else ""


def is_outdated(folder: Path, mappings: Sequence[Path], archives: Sequence[str]) -> bool:
    """
    Whether a run was made of other models than `archives` (first the base, then its teachers), or
    of models or mappings that have been replaced since; to go on with it would keep its old
    weights.
    """
    file = folder / "config.json"
    if not file.exists():
        return False
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:  # Killed while it was written.
        return True
    base = config["model"].get("pretrained_file")
    made_of = [base] if base else []
    distillation = config.get("trainer", {}).get("callbacks", {}).get("distillation")
    if distillation:
        made_of += distillation["teachers"]
    else:  # Of a student without teachers only the base counts.
        archives = archives[:1]
    parts = [*mappings, *map(Path, archives)]
    started = file.stat().st_mtime
    return set(made_of) != set(archives) or any(
        part.exists() and part.stat().st_mtime > started for part in parts
    )


def how_to_begin(folder: Path) -> List[str]:
    """Interrupted runs go on; one that was killed before it had anything starts again."""
    if (folder / "config.json").exists():
        return ["--recover"]
    if folder.is_dir():
        shutil.rmtree(folder)
    return []


def overrides(values: Optional[Mapping[str, Any]]) -> List[str]:
    return ["-o", json.dumps(values)] if values else []


def environment(config: Mapping[str, Any], settings: Mapping[str, str] = {}) -> Dict[str, str]:
    """Whatever the user's shell says, only the preset counts."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("XNER_")}
    ours.setdefault("OMP_NUM_THREADS", "1")
    ours["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", "")])
    preset = config["preset"]
    ours["XNER_PRESET"] = preset if isinstance(preset, str) else json.dumps(preset)
    return {**ours, "XNER_DATA": config["data"], **settings}


def call(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
    with log.open("wb") as stream:
        return subprocess.run(
            command, stdout=stream, stderr=subprocess.STDOUT, env=dict(environment)
        ).returncode


def end_of(log: Path) -> str:
    text = log.read_bytes().decode("utf-8", "replace")
    return "\n".join(last_lines(text, LINES_OF_THE_LOG))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_text_file(path) as stream:
        stream.write(json.dumps(content, indent=2) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("pair", help="e.g. en_nl")
    parser.add_argument("--config", type=Path, required=True, help="the preset as run.py wrote it")
    steps = parser.add_subparsers(required=True)
    for name, function in (
        ("check", check),
        ("map", map_embeddings),
        ("train", train),
        ("choose-base", choose_base),
        ("evaluate", evaluate),
    ):
        step = steps.add_parser(name)
        step.add_argument("output", type=Path)
        step.set_defaults(step=function)
        if function is map_embeddings:
            step.add_argument("--variant", default="", help="e.g. .other_direction")
            step.add_argument("--source", help="of several source languages the one to map")
        if function is train:
            step.add_argument("--system", required=True)
            step.add_argument("--seed", type=int, required=True)
            step.add_argument("--base", type=Path)
            step.add_argument("--teacher-seeds", type=int, nargs="*", default=[])
            step.add_argument("--mapping", type=Path, nargs="*", default=[])
        if function is choose_base:
            step.add_argument("--runs", type=Path, nargs="+", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
