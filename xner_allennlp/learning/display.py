"""What the user sees: a line for each thing that was done or decided, and below it one bar."""

import sys
from typing import Dict, Iterable

from allennlp.common import Tqdm

_BAR = "{desc} {percentage:3.0f}% |{bar}| {elapsed}, about {remaining} left"


class Display:
    """
    # Parameters

    costs : `Dict[str, float]`
        The steps, and how long each takes beside the others.
    """

    def __init__(self, costs: Dict[str, float]) -> None:
        self._costs = costs
        self._done = 0.0
        self._step = ""
        # Where nobody looks, the lines are enough.
        self._bar = Tqdm.tqdm(
            total=sum(self._costs.values()), bar_format=_BAR, disable=not sys.stderr.isatty()
        )
        # The average of the whole run, not of the last seconds.
        self._bar.smoothing = 0

    def close(self) -> None:
        self._bar.close()

    def say(self, title: str, lines: Iterable[str]) -> None:
        """Lines with the title before the first."""
        for number, line in enumerate(lines):
            self._bar.write(f"{title if not number else '':<15} {line}", file=sys.stdout)
        sys.stdout.flush()

    def begin(self, step: str) -> None:
        self._step = step
        self._bar.set_description(step)
        self.progress(0.0)

    def progress(self, part: float) -> None:
        """How much of the step is done, in [0, 1]."""
        self._bar.n = self._done + part * self._costs[self._step]
        self._bar.refresh()

    def finish(self) -> None:
        self._done += self._costs[self._step]
        self.progress(0.0)

    def skip(self, step: str) -> None:
        """A step that was done before: the bar counts from here."""
        self._bar.total -= self._costs.pop(step)
