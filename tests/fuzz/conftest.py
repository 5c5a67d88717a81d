"""Says at the end how many cases were run."""

from typing import Any

from tests.fuzz.cases import cases_run


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not cases_run:
        return
    terminalreporter.section("fuzzing")
    for name, count in sorted(cases_run.items()):
        terminalreporter.line(f"{count:8d} cases  {name}")
    terminalreporter.line(f"{sum(cases_run.values()):8d} cases in all")
