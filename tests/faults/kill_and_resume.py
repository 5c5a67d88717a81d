"""
Kills this project's command lines again and again, lets each go on, and compares what comes out
with a run that nobody killed:

    python tests/faults/kill_and_resume.py --kills 50 --seed 1

Half of the kills come at a time drawn at random, half at a file operation drawn at random. SIGKILL,
SIGTERM and SIGINT (Ctrl-C) take turns. After each kill every file that has its final name must be
whole. A run is killed some times, then left to end; its metrics must be equal, its weights equal to
the last bit, its output equal to the last byte. Exit status 1 if anything was not.
"""

import argparse
import math
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.command_lines import (  # noqa: E402
    CommandLine,
    learn,
    map_embeddings,
    tag_corpus,
    train,
)
from tests.faults.process import Aim, Process  # noqa: E402
from tests.faults.whole import assert_whole  # noqa: E402

SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT")
# How often a run is killed before it is left to end.
KILLS_OF_A_RUN = 5


# Which command lines, in this order, and how many of all kills each gets: more where more can go
# wrong. The archive of `train` is what `tag-corpus` tags with.
MAKERS: Dict[str, Tuple[Callable[[Path], CommandLine], float]] = {
    "train": (train, 0.5),
    "map-embeddings": (map_embeddings, 0.24),
    "xner-map learn": (learn, 0.14),
    "tag-corpus": (tag_corpus, 0.12),
}


class Kill(NamedTuple):
    """Of the table a row: `moment` is a phase, or the name of a file operation."""

    command: str
    moment: str
    signal: str


class Unkilled(NamedTuple):
    outcome: Dict[str, Any]
    seconds_to_work: float
    seconds: float


class Killer:
    """
    # Parameters

    line : `CommandLine`
    folder : `Path`
        For runs and logs.
    generator : `random.Random`
        Draws moments and delays.
    """

    def __init__(self, line: CommandLine, folder: Path, generator: random.Random) -> None:
        self.line = line
        self._folder = folder
        self._random = generator
        self._log = folder / f"{line.name}.log"

    def unkilled(self) -> Unkilled:
        """The run that the others are compared with, and how long it takes."""
        run = self._run_folder("whole")
        process, started = self._start(self.command(run)), time.time()
        while process.is_running() and not self._phase():
            time.sleep(0.01)
        to_work = time.time() - started
        self._end(process)
        return Unkilled(self.line.outcome(run), to_work, time.time() - started)

    def killed(self, unkilled: Unkilled, kills: List[Tuple[str, Optional[int]]]) -> List[Kill]:
        """
        Kills one run so often, lets it end and compares.

        # Parameters

        unkilled : `Unkilled`
        kills : `List[Tuple[str, Optional[int]]]`
            Of each the signal, and which of the command line's moments; `None`: any time.

        # Raises

        `AssertionError` if a file is not whole, the run does not go on, or its outcome is another.
        """
        run = self._run_folder("killed")
        done: List[Kill] = []
        for name, moment in kills:
            command = self.command(run)
            if moment is None:
                where = self._kill_some_time(command, name, unkilled)
            else:
                where = self._kill_at(command, name, moment)
            assert_whole(run)
            if where is None:  # The signal came too late: the run has ended.
                break
            done.append(Kill(self.line.name, where, name))
        else:
            self._end(self._start(self.command(run)))
        outcome = self.line.outcome(run)
        assert outcome.keys() == unkilled.outcome.keys(), (outcome.keys(), unkilled.outcome.keys())
        different = [name for name in outcome if outcome[name] != unkilled.outcome[name]]
        assert not different, f"{run}: {', '.join(different)} are not those of an unkilled run"
        left = [path for path in run.rglob(".*.tmp") if path.is_file()]
        assert not left, f"{run}: nobody removed {left}"
        return done

    def _kill_some_time(self, command: List[str], name: str, unkilled: Unkilled) -> Optional[str]:
        """Kills while it works, now and then while it starts; the phase in which that was."""
        process = self._start(command)
        if self._random.random() < 0.1:
            time.sleep(self._random.uniform(0.0, unkilled.seconds_to_work))
        else:
            while process.is_running() and not self._phase():
                time.sleep(0.005)
            # What is left after some kills is not known; half of the whole, say.
            working = (unkilled.seconds - unkilled.seconds_to_work) / 2
            time.sleep(self._random.uniform(0.0, working))
        phase = self._phase() or "start"
        process.send(name)
        return phase if self._was_killed(process, name) else None

    def _kill_at(self, command: List[str], name: str, moment: int) -> Optional[str]:
        where, operation, count = self.line.moments[moment]
        # Before it, or in the middle of what follows.
        delay = self._random.choice([0.0, self._random.uniform(0.0, 0.004)])
        process = self._start(command, Aim(operation, count, name, delay))
        return where if self._was_killed(process, name) else None

    def _was_killed(self, process: Process, name: str) -> bool:
        """Waits for the end. Whether it was by the signal; ended well it came too late."""
        status, text = process.wait(120), self._text()
        is_told = any(word in text for word in ("KeyboardInterrupt", "SigTerm", "interrupted"))
        # Ray makes of SIGTERM an exit status of its number.
        assert status <= 0 or status == signal.Signals[name] or is_told, text[-3000:]
        return status != 0

    def command(self, run: Path) -> List[str]:
        has_begun = run.is_dir() and any(run.iterdir())
        line = self.line.go_on if has_begun else self.line.begin
        return [str(run) if word == "FOLDER" else word for word in line]

    def _start(self, command: List[str], aim: Optional[Aim] = None) -> Process:
        return Process(command, self._log, aim)

    def _end(self, process: Process) -> None:
        assert process.wait(600) == 0, self._text()[-3000:]

    def _phase(self) -> str:
        """The last phase whose beginning the log tells, or nothing."""
        text = self._text()
        begun = [phase for phase, sign in self.line.phases if sign in text]
        return begun[-1] if begun else ""

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _run_folder(self, name: str) -> Path:
        run = self._folder / f"{self.line.name.replace(' ', '-')}-{name}"
        shutil.rmtree(run, ignore_errors=True)
        return run


def kills_of(
    line: CommandLine, number: int, generator: random.Random
) -> List[Tuple[str, Optional[int]]]:
    """
    Half at any time, half at moments, in about the order in which a run comes to these: a run that
    is near its end cannot be killed in its middle any more.
    """
    moments = generator.sample(range(len(line.moments)), min(number // 2, len(line.moments)))
    drawn: List[Tuple[float, Optional[int]]] = [(moment, moment) for moment in moments]
    while len(drawn) < number:
        drawn.append((generator.uniform(0, 0.7 * len(line.moments)), None))
    names = [generator.choice(SIGNALS) for _ in drawn]
    return [
        (name, moment) for name, (_, moment) in zip(names, sorted(drawn, key=lambda kill: kill[0]))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="how many in all, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="for runs and logs (default: a temporary one)")
    parser.add_argument("--commands", nargs="+", choices=MAKERS, help="only these (default: all)")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="xner-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(arguments.seed)

    table: Counter[Kill] = Counter()
    failed = 0
    for name in arguments.commands or MAKERS:
        make, share = MAKERS[name]
        line = make(folder)
        killer = Killer(line, folder, generator)
        unkilled = killer.unkilled()
        print(f"{line.name}: {unkilled.seconds:.0f} s if nobody kills it", flush=True)
        wanted, done = math.ceil(arguments.kills * share), 0
        while done < wanted:
            kills = kills_of(line, min(KILLS_OF_A_RUN, wanted - done), generator)
            try:
                kills_done = killer.killed(unkilled, kills)
            except AssertionError as error:
                failed += 1
                print(f"{line.name}, {kills}: {error}", flush=True)
                done += len(kills)
                continue
            done += len(kills_done)
            table.update(kills_done)
            print(f"{line.name}: killed {done} of {wanted} times", flush=True)
        print_table(table)
    print(f"{sum(table.values())} kills, {failed} runs with another outcome")
    return 1 if failed else 0


def print_table(table: "Counter[Kill]") -> None:
    print("| command | moment | SIGKILL | SIGTERM | SIGINT |\n|---|---|---|---|---|")
    for command, moment in dict.fromkeys((kill.command, kill.moment) for kill in table):
        counts = [table[Kill(command, moment, name)] for name in SIGNALS]
        print(f"| {command} | {moment} | {' | '.join(str(count or '') for count in counts)} |")


if __name__ == "__main__":
    sys.exit(main())
