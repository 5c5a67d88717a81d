"""Whether what is measured without target labels ranks the epochs as the target's labels do."""

from typing import List, Sequence

from scipy.stats import spearmanr

from experiments.figures.learning_curves import learning_curves
from experiments.names import pair_name, system_name
from experiments.runs import Experiments
from experiments.scores import Spread
from experiments.tables.table import Cell, Table

# AllenNLP's metric -> what it is called.
_CRITERIA = {
    "validation_source_f1": "source dev",
    "validation_translated_dev_f1": "translated source dev",
    "validation_agreement_f1": "agreement with another tagger",
}
_TARGET = "validation_target_f1"
# Fewer validations have no order worth the name.
_FEWEST = 3


def criteria(experiments: Experiments) -> Table:
    """The rank correlation of each criterion with F1 on target dev over the epochs of a run."""
    rows: List[Sequence[Cell]] = []
    for pair in experiments.pairs:
        for system in experiments.systems(pair):
            curves = learning_curves(experiments, pair, [system], [*_CRITERIA, _TARGET])
            for metric, name in _CRITERIA.items():
                correlations = []
                for _, of_run in experiments.of_finished(curves, pair, system).groupby("seed"):
                    known = of_run[[metric, _TARGET]].dropna()
                    # Of a constant it is not defined.
                    if len(known) >= _FEWEST and (known.nunique() > 1).all():
                        correlations.append(float(spearmanr(known[metric], known[_TARGET])[0]))
                if correlations:
                    rows.append(
                        [
                            pair_name(pair),
                            system_name(system),
                            name,
                            len(correlations),
                            Spread.of(correlations),
                        ]
                    )
    return Table(
        "criteria",
        "Criteria that need no target label",
        ["pair", "system", "F1 on, or", "runs", "rank correlation"],
        rows,
        notes=[
            "Spearman's rank correlation with F1 on the target development set over the "
            "validations of a run, mean ± sample standard deviation over seeds: 1 where the "
            "criterion finds the best epoch, 0 where it says nothing of it. For analysis only.",
        ],
    )
