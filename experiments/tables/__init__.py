"""Tables about a folder of runs."""

from typing import List

from experiments.names import DEFAULT_SELECTION
from experiments.runs import Experiments
from experiments.tables.criteria_table import criteria
from experiments.tables.detail_tables import (
    ablations,
    label_drift,
    problems,
    run_times,
    type_scores,
)
from experiments.tables.paper_tables import paper_tables
from experiments.tables.significance_table import significance
from experiments.tables.table import Table, write_table

__all__ = ["Table", "all_tables", "write_table"]


def all_tables(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> List[Table]:
    """
    Every table; `selection` is that of those which are not the paper's. What is empty is left out,
    except for the problems, which come last since the others find some.
    """
    tables = [
        *paper_tables(experiments),
        ablations(experiments, selection),
        significance(experiments, selection),
        type_scores(experiments, selection),
        label_drift(experiments),
        criteria(experiments),
        run_times(experiments),
    ]
    return [*(table for table in tables if table.rows), problems(experiments)]
