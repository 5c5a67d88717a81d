"""Which systems differ: each stage of the method against the one before it."""

from typing import List, Sequence, Tuple

from experiments.names import (
    BASES,
    DEFAULT_SELECTION,
    LAST_STAGE,
    is_ablation,
    pair_name,
    system_name,
)
from experiments.runs import Experiments
from experiments.significance import SEED, SHUFFLES, approximate_randomisation, holm
from experiments.tables.paper_tables import signed
from experiments.tables.table import Cell, Table

# Better first, if each stage helps.
_STAGES = [
    ("cross_word_no_char", "source_mono"),
    ("cross_word", "cross_word_no_char"),
    ("cross_shared", "cross_word"),
]


def comparisons(experiments: Experiments, pair: str) -> List[Tuple[str, str]]:
    """
    The systems that are compared: each stage with the one before it, Cross-Augmented and what goes
    beyond it with their base (with every base where the best is not known) and with translation,
    ablations with the full system. Only those that have runs.
    """
    bases = [experiments.best_base[pair]] if pair in experiments.best_base else list(BASES)
    wanted = [*_STAGES, *((system, base) for system in LAST_STAGE for base in bases)]
    wanted += ((system, "translated") for system in LAST_STAGE)
    systems = experiments.systems(pair)
    wanted += [(system.partition(".")[0], system) for system in systems if is_ablation(system)]
    return [(one, other) for one, other in wanted if one in systems and other in systems]


def significance(
    experiments: Experiments,
    selection: str = DEFAULT_SELECTION,
    *,
    shuffles: int = SHUFFLES,
    seed: int = SEED,
) -> Table:
    """Approximate randomisation over sentences, Holm-corrected within a pair."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        found = []
        for one, other in comparisons(experiments, pair):
            ours = experiments.scores_by_seed(pair, one, selection)
            theirs = experiments.scores_by_seed(pair, other, selection)
            seeds = sorted(set(ours) & set(theirs))
            # The gold entities of each sentence.
            gold = {
                tuple(each.per_sentence[:, 2].tolist())
                for by in (ours, theirs)
                for each in by.values()
            }
            # Other sentences, e.g. after the corpus was changed, cannot be paired.
            if not seeds or len(gold) > 1:
                continue
            result = approximate_randomisation(
                [ours[number].per_sentence for number in seeds],
                [theirs[number].per_sentence for number in seeds],
                shuffles=shuffles,
                seed=seed,
            )
            found.append((one, other, len(seeds), result))
        corrected = holm([result.p_value for _, _, _, result in found])
        for (one, other, number, result), p_value in zip(found, corrected):
            rows.append(
                [
                    pair_name(pair),
                    system_name(one),
                    system_name(other),
                    number,
                    signed(result.difference),
                    f"{result.p_value:.4f}",
                    f"{p_value:.4f}",
                ]
            )
    return Table(
        f"significance_{selection}",
        "Significance of differences between systems",
        ["pair", "system", "compared with", "seeds", "difference", "p", "p (Holm)"],
        rows,
        selection,
        [
            "Difference of the mean F1 on the target test set in points, over the seeds that both "
            "systems have.",
            f"Two-sided approximate randomisation over sentences, paired, {shuffles:,} shuffles, "
            f"seed {seed}; p (Holm) is corrected for all comparisons of its pair.",
            "It tells whether these trained models differ on sentences like those of the test set, "
            "not how much training varies: for that see the deviation over seeds.",
        ],
    )
