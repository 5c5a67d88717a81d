"""Tables beside the paper's: scores by entity type, ablations, the runs themselves."""

from typing import Dict, List, Optional, Sequence

from experiments.names import (
    DEFAULT_SELECTION,
    SELECTIONS,
    in_order,
    is_ablation,
    pair_name,
    system_name,
)
from experiments.runs import Experiments
from experiments.scores import EntityCounts, Score, Spread
from experiments.tables.paper_tables import SPREAD_NOTE, difference, seeds_f1_max
from experiments.tables.table import Cell, Table


def type_scores(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """Precision, recall and F1 of every system, overall and by entity type."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        for system in experiments.systems(pair):
            counts = list(experiments.counts_by_seed(pair, system, selection).values())
            # A type that is nowhere in gold or predictions has no row.
            types = sorted({name for each in counts for name in each.types})
            for entity_type in [None, *types] if counts else []:
                rows.append(
                    [
                        pair_name(pair),
                        system_name(system),
                        entity_type or "all",
                        *_spreads(counts, entity_type),
                        counts[0].score(entity_type).support,
                    ]
                )
    return Table(
        f"types_{selection}",
        "Scores by entity type",
        ["pair", "system", "type", "precision", "recall", "F1", "gold entities"],
        rows,
        selection,
        [
            "Percent on the target test set by conlleval's rule: mean ± sample standard deviation "
            "over seeds."
        ],
    )


def _spreads(counts: Sequence[EntityCounts], entity_type: Optional[str]) -> List[Cell]:
    scores = [each.score(entity_type) for each in counts]
    parts = {name: [getattr(score, name) for score in scores] for name in Score._fields[:3]}
    return [Spread.of(values) for values in parts.values()]


def ablations(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """Every system that has variants, and these with their difference to it."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        systems = experiments.systems(pair)
        varied = in_order(system.partition(".")[0] for system in systems if is_ablation(system))
        for full in varied:
            reference = experiments.f1(pair, full, selection)
            for system in [full, *(each for each in systems if each.startswith(f"{full}."))]:
                f1 = experiments.f1(pair, system, selection)
                rows.append(
                    [
                        pair_name(pair),
                        system_name(system),
                        *seeds_f1_max(f1),
                        None if system == full else difference(f1, reference),
                        experiments.parameters(pair, system),
                    ]
                )
    return Table(
        f"ablations_{selection}",
        "Ablations",
        ["pair", "system", "seeds", "F1", "max", "difference to the full system", "parameters"],
        rows,
        selection,
        [SPREAD_NOTE],
    )


def problems(experiments: Experiments) -> Table:
    """Runs that failed, are missing or incomplete."""
    return Table(
        "problems",
        "Failed, missing and incomplete runs",
        ["pair", "system", "seed", "what"],
        [
            [
                pair_name(problem.pair),
                problem.system,
                "all" if problem.seed is None else str(problem.seed),
                problem.what,
            ]
            for problem in experiments.problems
        ],
        notes=["The other tables count the finished runs only."],
    )


def run_times(experiments: Experiments) -> Table:
    """How long runs took, and which epoch each selection chose."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        for system in experiments.systems(pair):
            runs = experiments.finished(pair, system)
            if not runs:
                continue
            seconds = [run.seconds for run in runs if run.seconds is not None]
            epochs: Dict[str, str] = {}
            for selection in SELECTIONS:
                chosen = [
                    str(run.evaluations[selection].epoch)
                    for run in runs
                    if selection in run.evaluations and run.evaluations[selection].epoch is not None
                ]
                epochs[selection] = " ".join(chosen)
            rows.append(
                [
                    pair_name(pair),
                    system_name(system),
                    " ".join(str(run.seed) for run in runs),
                    Spread.of([value / 60 for value in seconds]),
                    *(epochs[selection] or None for selection in SELECTIONS),
                ]
            )
    return Table(
        "runs",
        "Finished runs",
        ["pair", "system", "seeds", "minutes", *(f"epoch by {name}" for name in SELECTIONS)],
        rows,
        notes=[
            "Minutes a run: mean ± sample standard deviation over seeds; of a run that was "
            "interrupted, those since it was last started.",
            "Epochs (an epoch ends with a validation, counted from 0) in the order of the seeds.",
        ],
    )
