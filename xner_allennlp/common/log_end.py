"""The end of a log, by which a message says why a process has failed."""

from typing import List


def last_lines(log: str, number: int) -> List[str]:
    """
    The last lines of a log that are not blank, of each only what a progress bar has left of it.

    # Parameters

    log : `str`
    number : `int`
        How many lines, at most.
    """
    lines = [line.rstrip().rsplit("\r", 1)[-1] for line in log.split("\n")]
    return [line for line in lines if line][-number:]
