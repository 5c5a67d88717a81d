"""
How many cases a fuzz test runs, and what a case may cost.

`make fuzz CASES=100000` shares that number equally between the tests of this folder, each time with
other cases; without `FUZZ_CASES` each test runs the same few ones, which is what CI does.
"""

import os
import resource
import signal
import tempfile
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Callable, Iterator, List

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CASES_IN_CI = 200
"""How many cases each test runs."""

HANGING_SECONDS = 60
"""Cases are small: one that takes longer is taken for endless."""

MEMORY = 2 * 2**30
"""Cases are small: one that needs more memory trusts a wrong number in the file."""

cases_run: "Counter[str]" = Counter()
_tests: List[str] = []


def fuzz(strategy: st.SearchStrategy[Any]) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Makes a test of a function that checks one case."""

    def decorate(check: Callable[[Any], None]) -> Callable[[], None]:
        name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
        _tests.append(name)

        def test() -> None:
            run = given(strategy)(_counted(check, name))
            settings(
                max_examples=_number_of_cases(),
                derandomize="FUZZ_CASES" not in os.environ,
                database=None,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
                phases=[phase for phase in Phase if phase.name != "explain"],
            )(run)()

        test.__name__ = check.__name__
        test.__doc__ = check.__doc__
        return test

    return decorate


def _number_of_cases() -> int:
    wanted = int(os.environ.get("FUZZ_CASES", 0))
    # All tests of the folder have been imported by now.
    return -(-wanted // len(_tests)) if wanted else CASES_IN_CI


def _counted(check: Callable[[Any], None], name: str) -> Callable[[Any], None]:
    def counted(case: Any) -> None:
        cases_run[name] += 1
        with bounded():
            check(case)

    # What hypothesis derives the cases from; without it all tests would get the same.
    counted.__qualname__ = counted.__name__ = name.replace(".", "_")
    return counted


@contextmanager
def bounded() -> Iterator[None]:
    """Raises an error in code that takes too long, `MemoryError` in code that needs too much."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = signal.signal(signal.SIGALRM, _give_up)
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, hard))
    signal.alarm(HANGING_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)


def _give_up(signal_number: int, frame: Any) -> None:
    raise TimeoutError(f"this case takes more than {HANGING_SECONDS} seconds")


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    memory = "/dev/shm"  # where a file costs ten times less
    return tempfile.TemporaryDirectory(
        prefix="xner-fuzz-", dir=memory if os.access(memory, os.W_OK) else None
    )


def file_of(name: str, content: bytes) -> Path:
    """A file with this name and content; the next call with the same name overwrites it."""
    path = Path(_folder().name) / name
    path.write_bytes(content)
    return path
