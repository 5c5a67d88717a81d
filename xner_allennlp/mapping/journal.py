"""What happened at every step of a mapping: as a table, as TensorBoard curves, as a plot."""

import csv
import os
from os import PathLike
from typing import Any, Dict, List, Union

TABLE_NAME = "steps.tsv"
PLOT_NAME = "criterion.png"
TENSORBOARD_NAME = "log"

_FIRST_COLUMNS = ("restart", "phase", "step")


class Journal:
    """
    The `observer` of [`WordVectorMapper.map`](./mapper.md#map). Call it with every record, then
    [`close`](#close) it.

    # Parameters

    directory : `Union[str, PathLike]`
        Gets `steps.tsv` (a line a step), `criterion.png` and `log/` (TensorBoard).
    """

    def __init__(self, directory: Union[str, PathLike]) -> None:
        self._directory = os.fspath(directory)
        self._records: List[Dict[str, Any]] = []

    def __call__(self, record: Dict[str, Any]) -> None:
        """Notes a step and writes the table anew."""
        self._records.append({"step": len(self._records) + 1, **record})
        self._write_table()

    def close(self) -> None:
        """Writes curves and plot, if there is anything to draw."""
        if not self._records:
            return
        self._write_tensorboard()
        if any("criterion" in record for record in self._records):
            self._plot()

    def _write_table(self) -> None:
        columns = list(_FIRST_COLUMNS)
        for record in self._records:
            columns += [name for name in record if name not in columns]
        path = os.path.join(self._directory, TABLE_NAME)
        with open(path + ".tmp", "w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._records)
        os.replace(path + ".tmp", path)

    def _write_tensorboard(self) -> None:
        from tensorboardX import SummaryWriter  # AllenNLP's choice; slow to import

        writer = SummaryWriter(os.path.join(self._directory, TENSORBOARD_NAME))
        for record in self._records:
            for name, value in record.items():
                if name not in _FIRST_COLUMNS and isinstance(value, (int, float)):
                    tag = f"restart{record['restart']}/{record['phase']}/{name}"
                    writer.add_scalar(tag, value, record["step"])
        writer.close()

    def _plot(self) -> None:
        from matplotlib.figure import Figure  # slow to import, and not needed to learn

        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.add_subplot()
        for restart in sorted({record["restart"] for record in self._records}):
            for phase, style in (("start", "o--"), ("refinement", "s-")):
                drawn = [
                    record
                    for record in self._records
                    if record["restart"] == restart
                    and record["phase"] == phase
                    and "criterion" in record
                ]
                axes.plot(
                    [record["step"] for record in drawn],
                    [record["criterion"] for record in drawn],
                    style,
                    color=f"C{restart % 10}",
                    label=f"restart {restart + 1}, {phase}" if drawn else None,
                )
        axes.set_xlabel("step")
        axes.set_ylabel("criterion (mean CSLS cosine)")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
        figure.savefig(os.path.join(self._directory, PLOT_NAME), dpi=150)
