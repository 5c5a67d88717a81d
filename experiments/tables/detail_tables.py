"""Tables beside the paper's: scores by entity type, ablations, the runs themselves."""

from typing import List, Optional, Sequence

from experiments.figures.pseudo_labels import pseudo_label_rounds
from experiments.names import (
    DEFAULT_SELECTION,
    SELECTIONS,
    in_order,
    is_ablation,
    pair_name,
    system_name,
)
from experiments.runs import Experiments
from experiments.scores import Spread
from experiments.tables.paper_tables import SPREAD_NOTE, difference, seeds_f1_max
from experiments.tables.table import Cell, Table
from xner_allennlp.training.label_drift import ALARMING


def type_scores(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """Precision, recall and F1 of every system, overall and by entity type."""
    # sort=False: the order of the reports, and "all" before the types.
    groups = experiments.score_table(selection).groupby(["pair", "system", "type"], sort=False)
    rows: List[Sequence[Cell]] = [
        [
            pair_name(pair),
            system_name(system),
            entity_type,
            *(Spread.of(of_seeds[name].tolist()) for name in ("precision", "recall", "f1")),
            int(of_seeds["support"].iloc[0]),
        ]
        for (pair, system, entity_type), of_seeds in groups
    ]
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


def label_drift(experiments: Experiments) -> Table:
    """How far the types of pseudo-labels have moved from the first round's."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        for system in experiments.systems(pair):
            rounds = pseudo_label_rounds(experiments, pair, system).dropna(
                subset=["type_divergence"]
            )
            for seed, of_run in experiments.of_finished(rounds, pair, system).groupby("seed"):
                divergence = of_run.set_index("round")["type_divergence"]
                is_alarming = divergence.max() > ALARMING
                rows.append(
                    [
                        pair_name(pair),
                        system_name(system),
                        str(seed),
                        f"{divergence.iloc[-1]:.3f}",
                        f"{divergence.max():.3f}",
                        str(divergence.idxmax()),
                        "DRIFTS" if is_alarming else None,
                    ]
                )
    return Table(
        "label_drift",
        "Drift of the pseudo-labels' types",
        ["pair", "system", "seed", "last round", "furthest round", "which", "alarm"],
        rows,
        notes=[
            "Jensen-Shannon divergence, in bits, of the types of entities from those of the first "
            f"round on the same sentences; above {ALARMING} is alarming: the tagger learns its own "
            "mistakes, which the source development set does not show. Train mean_teacher, whose "
            "teacher moves slowly and leaves open what its paths tag differently, set "
            "model.teacher_loss to false, renew the labels less often (n_steps of pseudo_labels), "
            "or train for fewer passes.",
        ],
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
            epochs = [
                [
                    run.evaluations[selection].epoch if selection in run.evaluations else None
                    for run in runs
                ]
                for selection in SELECTIONS
            ]
            rows.append(
                [
                    pair_name(pair),
                    system_name(system),
                    " ".join(str(run.seed) for run in runs),
                    Spread.of([value / 60 for value in seconds]),
                    *map(_in_a_row, epochs),
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


def _in_a_row(epochs: Sequence[Optional[int]]) -> Optional[str]:
    """With a dash where one is not known, so that each stands in the place of its seed."""
    if set(epochs) == {None}:
        return None
    return " ".join("–" if epoch is None else str(epoch) for epoch in epochs)
