"""
The paper's experiments in one command:

    python experiments/run.py fixtures                     minutes, on the toy world
    python experiments/run.py small --data DATA --jobs 2   hours, on two cores
    python experiments/run.py paper --data DATA --jobs 4   the paper's settings
    python experiments/run.py small --data DATA -- --executor slurm --jobs 40

PRESET is one of experiments/presets, or a file like them. Results go to runs/experiments/PRESET,
tables and figures to the folder `report` in it. The same command again goes on where it was
stopped, does not repeat what is done, and tries again what has failed. What stands behind `--` goes
to Snakemake.
Exit status 1: something has failed; the report is of the rest, and says what is missing.
"""

import argparse
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence

import yaml

from xner_allennlp.common import remove_unfinished, whole_text_file

HERE = Path(__file__).resolve().parent
PRESETS = HERE / "presets"
# What every run in a folder has in common; of pairs, seeds and systems there may be more.
SETTINGS = (
    "data",
    "preset",
    "mapping_seed",
    "mapping_overrides",
    "training_overrides",
    "score_pseudo_labels",
)
LISTS = ("pairs", "seeds", "base_systems", "systems")
# What a preset says; without the number of teachers there is one.
KEYS = {*SETTINGS} - {"data"} | {*LISTS, "note", "needs_data", "teacher_seeds", "cuda_device"}


def main() -> int:
    arguments = parse(sys.argv[1:])
    config = read_preset(arguments)
    # The configs name the files of the toy world as seen from here.
    os.chdir(HERE.parent)
    root = Path(config["root"])
    root.mkdir(parents=True, exist_ok=True)
    lock = (root / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{root}: another process is at work here.")
    except OSError:
        pass  # A file system without locks.
    check_same_settings(root, config)
    remove_unfinished(root)
    with whole_text_file(root / "config.json") as stream:
        json.dump(config, stream, indent=2)
    forget_failures(root)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(HERE / "Snakefile")]
    command += ["--configfile", config["config_file"], "--jobs", str(arguments.jobs)]
    # `input` is no trigger: with fewer --seeds another base would be the best. Snakemake's own lock
    # outlives a process that was killed, ours does not.
    command += ["--keep-going", "--rerun-incomplete", "--rerun-triggers", "mtime", "params"]
    # While there is a report, Snakemake does not miss a run that is not there.
    command += ["--forcerun", "report"]
    command += ["--nolock", "--scheduler", "greedy", *arguments.snakemake]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
    # Snakemake holds the lock, too: it may outlive this process.
    status = subprocess.run(command, env=environment, pass_fds=[lock.fileno()]).returncode
    if "--dry-run" in arguments.snakemake or "-n" in arguments.snakemake:
        return status
    if status:
        # Something outside a training run failed, so Snakemake made no report.
        command = [sys.executable, "-m", "experiments", "all", str(root), "--note", config["note"]]
        subprocess.run(command, env=environment)
    failures = failed_statuses(root)
    for failure in failures:
        print(f"failed: {failure.parent} (its status.json says why)")
    print(f"{root}/report/report.md has the results.")
    return 1 if status or failures else 0


def read_preset(arguments: argparse.Namespace) -> Dict[str, Any]:
    path = PRESETS / f"{arguments.preset}.yaml"
    if not path.exists():
        path = Path(arguments.preset)
    if not path.is_file():
        known = ", ".join(sorted(preset.stem for preset in PRESETS.glob("*.yaml")))
        sys.exit(f"{arguments.preset} is neither a file nor one of the presets: {known}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        sys.exit(f"{path}: not YAML in UTF-8 ({error})")
    if not isinstance(content, dict):
        sys.exit(f"{path}: not `name: value` on each line, as the presets are")
    config: Dict[str, Any] = {"teacher_seeds": 1, **content}
    unknown = sorted(map(str, {*config} - KEYS))
    if unknown:
        sys.exit(f"{path}: there is no {', '.join(unknown)}; known are {', '.join(sorted(KEYS))}")
    missing = sorted(KEYS - {*config})
    if missing:
        sys.exit(f"{path}: {', '.join(missing)} missing; take them from {PRESETS / 'small.yaml'}")
    for name in LISTS:
        # A name alone would be taken for a list of its letters.
        if not isinstance(config[name], list):
            sys.exit(f"{path}: {name} is {config[name]}, but must be a list: [{config[name]}]")
    config["preset_seeds"] = config["seeds"]
    if not (isinstance(config["teacher_seeds"], int) and config["teacher_seeds"] > 0):
        sys.exit(f"{path}: teacher_seeds is {config['teacher_seeds']}, but must be 1 or more.")
    if arguments.pairs:
        config["pairs"] = arguments.pairs
    if arguments.seeds:
        config["seeds"] = arguments.seeds
    data = arguments.data or os.environ.get("XNER_DATA", "")
    if config["needs_data"] and not data:
        sys.exit(f"The preset {path.stem} needs --data FOLDER, see `xner-data check --help`.")
    if config["needs_data"] and not Path(data).is_dir():
        sys.exit(f"--data: there is no folder {data}")
    if arguments.data and not config["needs_data"]:
        sys.exit(f"The preset {path.stem} is of the toy world; it takes no --data.")
    config["data"] = str(Path(data).resolve()) if config["needs_data"] else ""
    root = Path(arguments.output or HERE.parent / "runs" / "experiments" / path.stem).resolve()
    inside = HERE.parent in root.parents
    config["root"] = str(root.relative_to(HERE.parent) if inside else root)
    config["config_file"] = f"{config['root']}/config.json"
    return config


def check_same_settings(root: Path, config: Dict[str, Any]) -> None:
    """What is finished is not done again, so the report would show it as of other settings."""
    path = root / "config.json"
    if not path.exists() or not any((root / name).exists() for name in ("mapping", "systems")):
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    changed = [name for name in SETTINGS if before.get(name) != config.get(name)]
    if changed:
        sys.exit(
            f"{root}: what is there was made with other settings ({', '.join(changed)}, see its "
            "config.json). Give another --output, or delete the folder."
        )


def failed_statuses(root: Path) -> List[Path]:
    """The status.json of each training run, and of each evaluation of one, that has failed."""
    failed = []
    for run in sorted(root.glob("systems/*/*/seed_*")):
        for path in (run / "status.json", run / "evaluation" / "status.json"):
            if path.exists() and json.loads(path.read_text(encoding="utf-8"))["state"] == "failed":
                failed.append(path)
                break  # What has failed to train is not evaluated.
    return failed


def forget_failures(root: Path) -> None:
    """So that they are tried again: Snakemake makes what a report needs and is not there."""
    for path in failed_statuses(root):
        path.unlink()
        (path.parent / "evaluation" / "status.json").unlink(missing_ok=True)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        usage="run.py [options] PRESET [-- options of Snakemake]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "preset",
        metavar="PRESET",
        help="fixtures, small, last_stage, paper, or a YAML file like those",
    )
    parser.add_argument(
        "--data", metavar="FOLDER", help="folder of corpora and vectors (default: XNER_DATA)"
    )
    parser.add_argument("--output", metavar="FOLDER", help="of the results")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="runs side by side (default: 1)"
    )
    parser.add_argument(
        "--pairs", nargs="+", metavar="PAIR", help="instead of the preset's, e.g. en_nl en+es_nl"
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, metavar="SEED", help="instead of the preset's"
    )
    # By hand: argparse gives a positional argument with `*` nothing of what stands behind options.
    place = list(argv).index("--") if "--" in argv else len(argv)
    arguments = parser.parse_args(argv[:place])
    arguments.snakemake = list(argv[place + 1 :])
    return arguments


if __name__ == "__main__":
    sys.exit(main())
