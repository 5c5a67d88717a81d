"""
The folder of runs that the experiments' pipeline leaves:

    ROOT/config.json                                    what was asked for (not needed)
    ROOT/best_base/<pair>.json                          {"system": ...}
    ROOT/systems/<pair>/<system>/seed_<seed>/
        status.json, config.json, metrics_epoch_<n>.json, pseudo_labels.jsonl, model.tar.gz, ...
        evaluation/status.json, evaluation/<selection>/metrics.json, <set>.conll

A run that is missing, failed or incomplete becomes a `Problem`, never an error.
"""

import json
import re
from dataclasses import dataclass, field
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import pandas as pd
from allennlp.common.checks import ConfigurationError

from experiments.names import (
    SELECTIONS,
    TEST_SET,
    in_order,
    pairs_in_order,
    selection_instead,
    selections_of,
)
from experiments.scores import FileScores, Spread, score_file
from experiments.tagged_file import TaggedSentence, read_tagged_file

# Scores of metrics.json and of the predictions may differ by rounding only.
_TOLERANCE = 1e-3

_SEED_FOLDER = re.compile(r"seed_(-?\d+)")


@dataclass(frozen=True)
class Evaluation:
    """
    One selection's weights, evaluated: the `epoch` they are of, their `trainable_parameters`, the
    F1 (0..1) that the run itself found on each set, and the files with the predictions.
    """

    epoch: Optional[int]
    trainable_parameters: Optional[int]
    f1: Dict[str, float]
    files: Dict[str, Path]


@dataclass(frozen=True)
class Run:
    """
    One training run.

    # Parameters

    pair, system : `str`
    seed : `int`
    folder : `Path`
        AllenNLP's serialization directory.
    state : `str`
        "finished", "failed" (training or evaluation), or "unfinished" if it has left no status.
    message : `str`
        Why it failed.
    seconds : `float`, optional
        How long it took.
    evaluations : `Dict[str, Evaluation]`
        By selection.
    """

    pair: str
    system: str
    seed: int
    folder: Path
    state: str
    message: str = ""
    seconds: Optional[float] = None
    evaluations: Dict[str, Evaluation] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why a report leaves out a run or a part of it; without `seed`, all runs of a system."""

    pair: str
    system: str
    seed: Optional[int]
    what: str


class Experiments:
    """
    All runs under a folder, and their scores, which are recomputed from the predictions.

    # Parameters

    root : `Path`
    runs : `List[Run]`
    best_base : `Dict[str, str]`
        By pair the system that Cross-Augmented starts from.
    problems : `List[Problem]`
    """

    def __init__(
        self, root: Path, runs: List[Run], best_base: Dict[str, str], problems: List[Problem]
    ) -> None:
        self.root = root
        self.runs = runs
        self.best_base = best_base
        self.problems = problems
        self._scores: Dict[Tuple[Path, str, str], Optional[FileScores]] = {}

    @property
    def pairs(self) -> List[str]:
        return pairs_in_order(run.pair for run in self.runs)

    def systems(self, pair: str) -> List[str]:
        return in_order(run.system for run in self.runs if run.pair == pair)

    def finished(self, pair: str, system: str) -> List[Run]:
        """The finished runs of a system, by seed."""
        return sorted(
            (
                run
                for run in self.runs
                if (run.pair, run.system, run.state) == (pair, system, "finished")
            ),
            key=lambda run: run.seed,
        )

    def of_finished(self, rows: pd.DataFrame, pair: str, system: str) -> pd.DataFrame:
        """The rows whose `seed` is a finished run's: curves are drawn of the others, too."""
        return rows[rows["seed"].isin([run.seed for run in self.finished(pair, system)])]

    def selection_shown(self, pair: str, system: str, selection: str) -> str:
        """
        Which selection a figure shows of a system: the one asked for where any run has predictions
        by it, as the tables do, else "source_dev", or "target_dev" of `supervised`.
        """
        there = {
            name
            for run in self.finished(pair, system)
            for name, evaluation in run.evaluations.items()
            if TEST_SET in evaluation.files
        }
        instead = selection_instead(system)
        return instead if selection not in there and instead in there else selection

    def tagged(
        self, run: Run, selection: str, set_name: str = TEST_SET
    ) -> Optional[List[TaggedSentence]]:
        """The predictions of a run; `None`, and a problem noted, if they cannot be had."""
        evaluation = run.evaluations.get(selection)
        if evaluation is None or set_name not in evaluation.files:
            return None
        try:
            return read_tagged_file(evaluation.files[set_name])
        except ConfigurationError as error:
            self._note(run, str(error))
            return None

    def scores(self, run: Run, selection: str, set_name: str = TEST_SET) -> Optional[FileScores]:
        """The scores of a run's predictions, read once; `None` if they cannot be had."""
        key = (run.folder, selection, set_name)
        if key not in self._scores:
            sentences = self.tagged(run, selection, set_name)
            scores = self._scores[key] = None if sentences is None else score_file(sentences)
            if scores is not None:
                self._compare(run, selection, set_name, scores)
        return self._scores[key]

    def scores_by_seed(
        self, pair: str, system: str, selection: str, set_name: str = TEST_SET
    ) -> Dict[int, FileScores]:
        found = {
            run.seed: self.scores(run, selection, set_name) for run in self.finished(pair, system)
        }
        return {seed: scores for seed, scores in found.items() if scores is not None}

    def score_table(self, selection: str) -> pd.DataFrame:
        """
        The scores of all finished runs on the target test set: a row for each pair, system, seed
        and entity type ("all" first), in the order of the reports.
        """
        parts = [
            scores.by_type.rename_axis("type")
            .reset_index()
            .assign(pair=pair, system=system, seed=seed)
            for pair in self.pairs
            for system in self.systems(pair)
            for seed, scores in self.scores_by_seed(pair, system, selection).items()
        ]
        columns = ["pair", "system", "seed", "type", "precision", "recall", "f1", "support"]
        return (
            pd.concat(parts, ignore_index=True)[columns]
            if parts
            else pd.DataFrame([], columns=columns)
        )

    def f1(
        self, pair: str, system: str, selection: str, set_name: str = TEST_SET
    ) -> Optional[Spread]:
        """F1 in percent over seeds; `None` where there is no run."""
        scores = self.scores_by_seed(pair, system, selection, set_name)
        return Spread.of([each.f1 for each in scores.values()])

    def parameters(self, pair: str, system: str) -> Optional[int]:
        """Trainable parameters; of a run that knows them."""
        for run in self.finished(pair, system):
            for evaluation in run.evaluations.values():
                if evaluation.trainable_parameters is not None:
                    return evaluation.trainable_parameters
        return None

    def _compare(self, run: Run, selection: str, set_name: str, scores: FileScores) -> None:
        said = run.evaluations[selection].f1.get(set_name)
        found = scores.f1 / 100
        if said is not None and abs(said - found) > _TOLERANCE:
            self._note(
                run,
                f"evaluation/{selection}: metrics.json says F1 {100 * said:.2f} on {set_name}, "
                f"the predictions give {100 * found:.2f}, which the tables show",
            )

    def _note(self, run: Run, what: str) -> None:
        problem = Problem(run.pair, run.system, run.seed, what)
        if problem not in self.problems:
            self.problems.append(problem)


def read_experiments(root: Union[str, "PathLike[str]"]) -> Experiments:
    """
    Reads what the pipeline has left under `root`.

    # Raises

    `ConfigurationError`
        If there is no run at all.
    """
    root = Path(root)
    folders = sorted(root.glob("systems/*/*/seed_*"))
    problems: List[Problem] = []
    runs = []
    for folder in folders:
        match = _SEED_FOLDER.fullmatch(folder.name)
        if match and folder.is_dir():
            runs.append(_read_run(folder, int(match.group(1)), problems))
    if not runs:
        raise ConfigurationError(
            f"{root}: no run in it; give the folder of the experiments, which holds "
            "systems/<pair>/<system>/seed_<seed>"
        )
    best_base = {}
    for file in sorted(root.glob("best_base/*.json")):
        system = read_json(file).get("system")
        if isinstance(system, str):
            best_base[file.stem] = system
    problems.extend(_missing(runs, _asked_for(read_json(root / "config.json"))))
    return Experiments(root, runs, best_base, problems)


def _read_run(folder: Path, seed: int, problems: List[Problem]) -> Run:
    system, pair = folder.parent.name, folder.parent.parent.name
    status = read_json(folder / "status.json")
    evaluated = read_json(folder / "evaluation" / "status.json")
    if status.get("state") == "finished" and evaluated.get("state") == "failed":
        status.update(evaluated)
    state = status.get("state", "unfinished")
    run = Run(
        pair,
        system,
        seed,
        folder,
        state,
        message=str(status.get("message") or ""),
        seconds=_number(status.get("seconds")),
        evaluations=_read_evaluations(folder / "evaluation"),
    )
    if state == "unfinished":
        problems.append(Problem(pair, system, seed, "not finished (no status.json)"))
    elif state != "finished":
        what = f"{state}: {run.message}" if run.message else state
        problems.append(Problem(pair, system, seed, what))
    else:
        for selection in selections_of(system):
            evaluation = run.evaluations.get(selection)
            if evaluation is None or TEST_SET not in evaluation.files:
                what = f"no predictions in evaluation/{selection}/{TEST_SET}.conll"
                problems.append(Problem(pair, system, seed, what))
    return run


def _read_evaluations(folder: Path) -> Dict[str, Evaluation]:
    evaluations = {}
    for selection in SELECTIONS:
        files = {file.stem: file for file in sorted((folder / selection).glob("*.conll"))}
        if not files:
            continue
        metrics = read_json(folder / selection / "metrics.json")
        epoch, parameters = (_number(metrics.get(key)) for key in ("epoch", "trainable_parameters"))
        sets = metrics.get("sets")
        f1 = {
            name: _number(scores.get("f1"))
            for name, scores in (sets if isinstance(sets, dict) else {}).items()
            if isinstance(scores, dict)
        }
        evaluations[selection] = Evaluation(
            None if epoch is None else int(epoch),
            None if parameters is None else int(parameters),
            {name: value for name, value in f1.items() if value is not None},
            files,
        )
    return evaluations


def _asked_for(config: Dict[str, Any]) -> List[Tuple[str, str, int]]:
    """Pair, system and seed of each run that the pipeline was to make."""
    systems = [*config.get("base_systems", []), *config.get("systems", [])]
    return list(product(config.get("pairs", []), systems, config.get("seeds", [])))


def _missing(runs: List[Run], asked_for: Sequence[Tuple[str, str, int]]) -> List[Problem]:
    """Runs that were asked for, and seeds that other systems of the same pair have."""
    there = {(run.pair, run.system, run.seed) for run in runs}
    wanted = {*there, *asked_for}
    missing = []
    for pair in pairs_in_order(pair for pair, _, _ in wanted):
        seeds = sorted({seed for other, _, seed in wanted if other == pair})
        for system in in_order(system for other, system, _ in wanted if other == pair):
            absent = [seed for seed in seeds if (pair, system, seed) not in there]
            if absent == seeds:
                what = "never begun; if nothing is at work, data check, mapping or bases failed"
                missing.append(Problem(pair, system, None, what))
                continue
            for seed in absent:
                what = "not there, while other systems of the pair have this seed"
                missing.append(Problem(pair, system, seed, what))
    return missing


def read_json(file: Path) -> Dict[str, Any]:
    """An object; an empty one if the file is not there or broken off."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _number(value: Any) -> Optional[float]:
    return float(value) if isinstance(value, (int, float)) else None
