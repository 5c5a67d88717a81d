"""
The lock files are complete: what anything in them asks for, as installed here, is in them too, in a
version it accepts, but for the exceptions that requirements/modern-overrides.txt explains.
"""

import sys
from configparser import ConfigParser
from importlib import metadata
from typing import Dict, Iterator, List, Set, Tuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tiny_runs import ROOT

REQUIREMENTS = ROOT / "requirements"
OVERRIDES = "modern-overrides.txt"
IS_OFFICIAL = sys.version_info[:2] == (3, 10)
if IS_OFFICIAL:
    LOCKS, EXTRAS = ["py310-constraints.txt"], ["test"]
else:
    LOCKS = ["modern.txt", "modern-bulk.txt", "modern-experiments.txt", "modern-fuzz.txt"]
    EXTRAS = ["dev", "test", "serve", "bulk", "experiments", "fuzz"]

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="no lock for this Python")


def requirements_in(file: str) -> List[Requirement]:
    """Those for this Python."""
    lines = (REQUIREMENTS / file).read_text("utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [each for each in requirements if each.marker is None or each.marker.evaluate()]


def left_out_by_overrides() -> Set[str]:
    """Names in the overrides whose markers are true for no Python, or not for this one."""
    lines = (REQUIREMENTS / OVERRIDES).read_text("utf-8").splitlines()
    names = {canonicalize_name(Requirement(line).name) for line in lines if line[:1].isalpha()}
    return names - {canonicalize_name(each.name) for each in requirements_in(OVERRIDES)}


@pytest.fixture(name="locked", scope="module")
def _locked() -> Dict[str, str]:
    """Name -> version, of all locks of this Python."""
    locked: Dict[str, str] = {}
    for file in LOCKS:
        for requirement in requirements_in(file):
            [pin] = requirement.specifier
            name = canonicalize_name(requirement.name)
            assert locked.setdefault(name, pin.version) == pin.version, name
    return locked


@pytest.fixture(name="asked", scope="module")
def _asked() -> List[Tuple[str, Requirement]]:
    """Who asks for what, from setup.cfg on, through everything that is installed."""
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    text = config["options"]["install_requires"]
    text += "".join(extras[name] for name in EXTRAS)
    lines = [line for line in text.splitlines() if line and line[0] not in "#%"]
    waiting = [("setup.cfg", Requirement(line)) for line in lines]
    asked: List[Tuple[str, Requirement]] = []
    seen: Set[Tuple[str, str]] = set()
    while waiting:
        who, requirement = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        asked.append((who, requirement))
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) not in seen:
                seen.add((requirement.name, extra))
                waiting += list(requirements_of(requirement.name, extra))
    return asked


def requirements_of(name: str, extra: str) -> Iterator[Tuple[str, Requirement]]:
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            requirement.marker = None
            yield name, requirement


def test_everything_that_is_asked_for_is_locked(
    locked: Dict[str, str], asked: List[Tuple[str, Requirement]]
) -> None:
    assert len(asked) > 100
    # What an environment has anyway, and the CUDA libraries of torch, which the Makefile adds.
    left_out = {"pip", "setuptools", "wheel"} | {
        name
        for _, requirement in asked
        if (name := canonicalize_name(requirement.name)).startswith(("nvidia-", "cuda-"))
    }
    if not IS_OFFICIAL:
        left_out |= left_out_by_overrides()
    missing = {
        f"{requirement}, for {who}"
        for who, requirement in asked
        if canonicalize_name(requirement.name) not in {*locked, *left_out}
    }
    assert missing == set()


def test_every_conflict_is_explained(
    locked: Dict[str, str], asked: List[Tuple[str, Requirement]]
) -> None:
    conflicts = {
        canonicalize_name(requirement.name): f"{requirement}, for {who}"
        for who, requirement in asked
        if canonicalize_name(requirement.name) in locked
        and locked[canonicalize_name(requirement.name)] not in requirement.specifier
    }
    explained = set()
    if not IS_OFFICIAL:
        explained = {canonicalize_name(r.name) for r in requirements_in(OVERRIDES)}
    assert set(conflicts) - explained == set(), conflicts


def test_nothing_is_locked_that_nobody_asks_for(
    locked: Dict[str, str], asked: List[Tuple[str, Requirement]]
) -> None:
    names = {canonicalize_name(requirement.name) for _, requirement in asked}
    assert set(locked) - names == set()


def test_the_overrides_are_what_is_locked(locked: Dict[str, str]) -> None:
    if IS_OFFICIAL:
        pytest.skip("the overrides are for Python 3.11 and later")
    for requirement in requirements_in(OVERRIDES):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier
    assert set(locked) & left_out_by_overrides() == set()
