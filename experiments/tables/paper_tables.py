"""The paper's Tables 2-5, with our scores beside the paper's."""

from typing import Dict, List, Optional, Sequence

from experiments import paper
from experiments.names import (
    DEFAULT_SELECTION,
    language_names,
    pair_name,
    pairs_in_order,
    system_name,
)
from experiments.runs import Experiments
from experiments.scores import Spread
from experiments.tables.table import Cell, Table

# Which selections the paper shows; where that is only target dev, the unsupervised one is ours.
SELECTIONS_OF_TABLE = {
    3: ("source_dev", "target_dev"),
    4: ("source_dev", "target_dev", "target_test"),
    5: ("source_dev", "target_dev"),
}

SPREAD_NOTE = (
    "F1 in percent on the target test set by conlleval's rule: mean ± sample standard deviation "
    "over seeds, and the maximum."
)
_PAPER_NOTE = f"Paper: {paper.CITATION}; difference: ours − paper, in points."


def paper_tables(experiments: Experiments) -> List[Table]:
    """All of them, each for the selections that the paper shows; Tables 3-5 by source dev first."""
    tables = [table_2(experiments)]
    tables += [table_3(experiments, selection) for selection in SELECTIONS_OF_TABLE[3]]
    tables += [table_4(experiments, selection) for selection in SELECTIONS_OF_TABLE[4]]
    tables += [table_5(experiments, selection) for selection in SELECTIONS_OF_TABLE[5]]
    return tables


def table_2(experiments: Experiments) -> Table:
    """
    Supervised, monolingual: the systems that the paper lists, and ours by the development set of
    the language that is tagged. Source-Mono is the source language's, the same for all its pairs.
    """
    languages = {pair: language_names(pair) for pair in experiments.pairs}
    # Several pairs may have the same language; those of several sources have no source test set.
    ours: Dict[str, Spread] = {}
    for pair, (source, target) in languages.items():
        for language, f1 in (
            (target, experiments.f1(pair, "supervised", "target_dev")),
            (source, experiments.f1(pair, "source_mono", "source_dev", "source_test")),
        ):
            if f1 is not None:
                ours.setdefault(language, f1)
    rows: List[Sequence[Cell]] = []
    for row in paper.TABLE_2:
        if row.language not in ours:
            continue
        f1 = ours.get(row.language) if row.is_ours else None
        rows.append(
            [
                row.language,
                row.authors,
                row.vectors,
                row.dim,
                *seeds_f1_max(f1),
                row.f1,
                difference(f1, row.f1),
            ]
        )
    return Table(
        "table_2",
        "Table 2. Supervised, monolingual",
        ["language", "system", "vectors", "dim", *_OURS, "paper F1", "difference"],
        rows,
        "target_dev",
        [
            SPREAD_NOTE,
            _PAPER_NOTE,
            "Ours stands beside the paper's system that it trains; that of a source language is "
            "Source-Mono, by the source development set on the source test set.",
        ]
        + _left_out(sorted({row.language for row in paper.TABLE_2} - set(ours))),
    )


def table_3(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """Source-Mono: a tagger of the source language, applied to the target language."""
    return _by_system(
        experiments,
        selection,
        f"table_3_{selection}",
        "Table 3. Monolingual models applied to the target language",
        paper.TABLE_3,
        ["x: the paper's model learned nothing."],
    )


def table_4(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """The cross-lingual systems, with their numbers of trainable parameters."""
    return _by_system(
        experiments,
        selection,
        f"table_4_{selection}",
        "Table 4. Cross-lingual systems",
        paper.TABLE_4,
        [
            f"Cross-Augmented starts from {system_name(base)} for {pair_name(pair)}."
            for pair, base in experiments.best_base.items()
        ],
        parameters=True,
    )


def table_5(experiments: Experiments, selection: str = DEFAULT_SELECTION) -> Table:
    """Comparison with other work; the paper's own systems by the selection of this table."""
    pairs = experiments.pairs
    rows: List[Sequence[Cell]] = [
        [rival.resources, rival.authors, rival.method, *(rival.f1.get(pair) for pair in pairs)]
        for rival in paper.TABLE_5
    ]
    for system in ("translated", "cross_shared", "cross_augmented"):
        printed = {
            pair: by_selection[selection]
            for pair, by_selection in paper.TABLE_4.get(system, {}).items()
        }
        ours = {pair: experiments.f1(pair, system, selection) for pair in pairs}
        name = system_name(system)
        group = "the same inputs"
        if printed:
            rows.append([group, "paper", name, *(printed.get(pair) for pair in pairs)])
        rows.append([group, "ours", name, *(ours[pair] for pair in pairs)])
        if printed:
            rows.append(
                [
                    group,
                    "ours − paper",
                    name,
                    *(difference(ours[pair], printed.get(pair)) for pair in pairs),
                ]
            )
    return Table(
        f"table_5_{selection}",
        "Table 5. Comparison with other work",
        ["resources", "authors", "method", *(pair_name(pair) for pair in pairs)],
        rows,
        selection,
        [
            "F1 in percent on the target test set; ours: mean ± sample standard deviation over "
            "seeds.",
            "The selection is that of the last rows (paper and ours); other work is as printed in "
            f"{paper.CITATION}, and may have used labelled target development data.",
            *_left_out_pairs(experiments),
        ],
    )


_OURS = ["seeds", "F1", "max"]


def _by_system(
    experiments: Experiments,
    selection: str,
    name: str,
    title: str,
    printed: Dict[str, Dict[str, Dict[str, Spread]]],
    notes: Sequence[str],
    parameters: bool = False,
) -> Table:
    """A row for each system of a pair, for the paper's pairs and ours."""
    columns = ["system", "pair", *_OURS, "paper F1", "paper max", "difference"]
    if not parameters:
        columns.remove("paper max")  # Table 3 has none.
    else:
        columns += ["parameters", "paper's parameters"]
    rows: List[Sequence[Cell]] = []
    for system, by_pair in printed.items():
        for pair in experiments.pairs:
            said = by_pair.get(pair)
            reported = None if said is None else said.get(selection)
            f1 = experiments.f1(pair, system, selection)
            row: List[Cell] = [system_name(system), pair_name(pair), *seeds_f1_max(f1)]
            row.append("x" if said == {} else reported)
            if parameters:
                row.append(reported.maximum if reported else None)
            row.append(difference(f1, reported))
            if parameters:
                row.append(experiments.parameters(pair, system))
                row.append(paper.PARAMETERS[system].get(pair))
            rows.append(row)
    return Table(
        name,
        title,
        columns,
        rows,
        selection,
        [SPREAD_NOTE, _PAPER_NOTE, *notes, *_left_out_pairs(experiments)],
    )


def _left_out_pairs(experiments: Experiments) -> List[str]:
    missing = set(paper.TABLE_4["cross_shared"]) - set(experiments.pairs)
    return _left_out([pair_name(pair) for pair in pairs_in_order(missing)])


def _left_out(names: Sequence[str]) -> List[str]:
    return [f"Left out, since they have no run here: {', '.join(names)}."] if names else []


def seeds_f1_max(f1: Optional[Spread]) -> List[Cell]:
    """Three cells: the number of seeds, mean and deviation, the maximum; empty without a run."""
    return [None, None, None] if f1 is None else [f1.number, f1, f1.maximum]


def difference(ours: Optional[Spread], reported: Optional[Spread]) -> Optional[str]:
    """Ours minus the other, with its sign; `None` where one of them is missing."""
    if ours is None or reported is None:
        return None
    return signed(ours.mean - reported.mean)


def signed(difference: float) -> str:
    """`+0.84`, `-1.20`"""
    return f"{difference:+.2f}"
