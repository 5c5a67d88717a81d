"""
The numbers of Bari, Joty and Jwalapuram, "Zero-Resource Cross-Lingual Named Entity Recognition",
AAAI 2020, as printed in its Tables 2-5 and copied to `paper_numbers/table_<n>.csv`. A score there
is F1 in percent: mean, standard deviation and maximum, as far as they are printed.
"""

from pathlib import Path
from typing import Dict, List, NamedTuple

import pandas as pd

from experiments.scores import Spread

CITATION = "Bari, Joty and Jwalapuram, AAAI 2020"

# system -> pair -> selection
ScoresBySystem = Dict[str, Dict[str, Dict[str, Spread]]]


class Monolingual(NamedTuple):
    """A row of Table 2; `is_ours` if it is the system that `supervised` trains."""

    language: str
    authors: str
    vectors: str
    dim: int
    f1: Spread
    is_ours: bool


class Rival(NamedTuple):
    """A row of Table 5, with F1 by pair, tuned on the target development set."""

    resources: str
    authors: str
    method: str
    f1: Dict[str, Spread]


def _read(number: int) -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent / "paper_numbers" / f"table_{number}.csv")


def _spread(cell: object) -> Spread:
    mean, *others = (float(value) for value in str(cell).split())
    deviation, maximum = [*others, None, None][:2]
    return Spread(mean, deviation, maximum)


def _scores_by_system(table: pd.DataFrame) -> ScoresBySystem:
    scores: ScoresBySystem = {}
    for row in table.to_dict("records"):
        by_selection = {
            selection: _spread(row[selection])
            for selection in ("target_dev", "source_dev", "target_test")
            if row.get(selection, "x") != "x"
        }
        scores.setdefault(row["system"], {})[row["pair"]] = by_selection
    return scores


# Table 2: supervised, monolingual. The authors' own GloVe row for English is no system of ours.
TABLE_2: List[Monolingual] = [
    Monolingual(**{**row, "f1": _spread(row["f1"])}) for row in _read(2).to_dict("records")
]

# Table 3. `{}` stands for the paper's "x": it learned nothing.
TABLE_3 = _scores_by_system(_read(3))

_FOURTH = _read(4)
TABLE_4 = _scores_by_system(_FOURTH)
# Table 4's last column: system -> pair -> number of trainable parameters.
PARAMETERS: Dict[str, Dict[str, int]] = {
    system: dict(zip(rows["pair"], rows["parameters"].tolist()))
    for system, rows in _FOURTH.groupby("system", sort=False)
}

# Table 5, without its last two rows, which are Table 4's (tuned on target dev).
TABLE_5: List[Rival] = [
    Rival(
        row["resources"],
        row["authors"],
        row["method"],
        {pair: _spread(row[pair]) for pair in ("en_es", "en_nl", "en_de")},
    )
    for row in _read(5).to_dict("records")
]
