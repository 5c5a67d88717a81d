"""What happened at every step of a mapping: as a table, as TensorBoard curves, as a plot."""

import csv
import glob
import os
from os import PathLike
from typing import Any, Dict, List, Union

from xner_allennlp.common import whole_file, whole_text_file

TABLE_NAME = "steps.tsv"
PLOT_NAME = "criterion.png"
TENSORBOARD_NAME = "log"

_SECONDS_BETWEEN_FLUSHES = 5
_FIRST_COLUMNS = ("restart", "phase", "step")


class Journal:
    """
    The `observer` of [`WordVectorMapper.map`](./mapper.md#map). Call it with every record, then
    [`close`](#close) it. The table is up to date after every call and the curves seconds later,
    so a run can be watched.

    # Parameters

    directory : `Union[str, PathLike]`
        Gets `steps.tsv` (a line a step), `criterion.png` and `log/` (TensorBoard). What an
        interrupted run left there of these is replaced: its steps are told again.
    """

    def __init__(self, directory: Union[str, PathLike[str]]) -> None:
        self._directory = os.fspath(directory)
        self._records: List[Dict[str, Any]] = []
        self._curves: Any = None

    def __call__(self, record: Dict[str, Any]) -> None:
        """Notes a step."""
        numbered = {"step": len(self._records) + 1, **record}
        self._records.append(numbered)
        self._write_table()
        self._draw_curves(numbered)

    def close(self) -> None:
        """Draws the plot, if there is anything to draw."""
        if self._curves is not None:
            self._curves.close()
        if any("criterion" in record for record in self._records):
            self._plot()

    def _write_table(self) -> None:
        columns = list(_FIRST_COLUMNS)
        for record in self._records:
            columns += [name for name in record if name not in columns]
        path = os.path.join(self._directory, TABLE_NAME)
        with whole_text_file(path) as stream:
            writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._records)

    def _draw_curves(self, record: Dict[str, Any]) -> None:
        if self._curves is None:
            from tensorboardX import SummaryWriter  # AllenNLP's choice; slow to import

            folder = os.path.join(self._directory, TENSORBOARD_NAME)
            for older in glob.glob(os.path.join(glob.escape(folder), "events.out.tfevents.*")):
                os.remove(older)
            self._curves = SummaryWriter(folder, flush_secs=_SECONDS_BETWEEN_FLUSHES)
        for name, value in record.items():
            if name not in _FIRST_COLUMNS and isinstance(value, (int, float)):
                tag = f"restart{record['restart']}/{record['phase']}/{name}"
                self._curves.add_scalar(tag, value, record["step"])

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
        with whole_file(os.path.join(self._directory, PLOT_NAME)) as stream:
            figure.savefig(stream, format="png", dpi=150)
