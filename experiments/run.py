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
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import yaml

HERE = Path(__file__).resolve().parent
PRESETS = HERE / "presets"


def main() -> int:
    arguments = parse()
    config = read_preset(arguments)
    # The configs name the files of the toy world as seen from here.
    os.chdir(HERE.parent)
    root = Path(config["root"])
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    forget_failures(root)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(HERE / "Snakefile")]
    command += ["--configfile", config["config_file"], "--jobs", str(arguments.jobs)]
    command += [
        "--keep-going",
        "--rerun-incomplete",
        "--rerun-triggers",
        "mtime",
        "params",
        "input",
    ]
    command += ["--scheduler", "greedy", *arguments.snakemake]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}
    status = subprocess.run(command, env=environment).returncode
    if "--dry-run" in arguments.snakemake or "-n" in arguments.snakemake:
        return status
    if status:
        # Something outside a training run failed, so Snakemake made no report.
        command = ["xner-report", "all", str(root), "--note", config["note"]]
        subprocess.run(command, env=environment)
    failures = [path.parent for path in failed_runs(root)]
    for folder in failures:
        print(f"failed: {folder} (see {folder.parent / folder.name}.log)")
    print(f"{root}/report/report.md has the results.")
    return 1 if status or failures else 0


def read_preset(arguments: argparse.Namespace) -> Dict[str, Any]:
    path = PRESETS / f"{arguments.preset}.yaml"
    if not path.exists():
        path = Path(arguments.preset)
    if not path.is_file():
        known = ", ".join(sorted(preset.stem for preset in PRESETS.glob("*.yaml")))
        sys.exit(f"{arguments.preset} is neither a file nor one of the presets: {known}")
    config: Dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if arguments.pairs:
        config["pairs"] = arguments.pairs
    if arguments.seeds:
        config["seeds"] = arguments.seeds
    data = arguments.data or os.environ.get("XNER_DATA", "")
    if config["needs_data"] and not data:
        sys.exit(f"The preset {path.stem} needs --data FOLDER, see `xner-data check --help`.")
    if config["needs_data"] and not Path(data).is_dir():
        sys.exit(f"--data: there is no folder {data}")
    config["data"] = str(Path(data).resolve()) if config["needs_data"] else ""
    root = Path(arguments.output or HERE.parent / "runs" / "experiments" / path.stem).resolve()
    inside = HERE.parent in root.parents
    config["root"] = str(root.relative_to(HERE.parent) if inside else root)
    config["config_file"] = f"{config['root']}/config.yaml"
    return config


def failed_runs(root: Path) -> List[Path]:
    return [
        path
        for path in sorted(root.glob("systems/*/*/seed_*/status.json"))
        if json.loads(path.read_text(encoding="utf-8"))["state"] == "failed"
    ]


def forget_failures(root: Path) -> None:
    """So that they are tried again."""
    for path in failed_runs(root):
        path.unlink()


def parse() -> argparse.Namespace:
    description, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("preset", help="fixtures, small, paper, or a YAML file like those")
    parser.add_argument("--data", help="folder of corpora and vectors (default: XNER_DATA)")
    parser.add_argument("--output", help="folder of the results")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side (default: 1)")
    parser.add_argument("--pairs", nargs="+", help="instead of the preset's, e.g. en_nl")
    parser.add_argument("--seeds", nargs="+", type=int, help="instead of the preset's")
    parser.add_argument("snakemake", nargs="*", help="behind --: options of Snakemake")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
