"""
The lock files are complete: what anything in them asks for, as installed here, is in them too, in a
version it accepts, but for the exceptions that requirements/py311-overrides.txt explains.
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
OVERRIDES = "py311-overrides.txt"
LOCKS = {
    (3, 10): ["py310-constraints.txt"],
    (3, 11): ["py311.txt", "py311-bulk.txt", "py311-experiments.txt", "py311-fuzz.txt"],
}
EXTRAS = {(3, 10): ["test"], (3, 11): ["dev", "test", "bulk", "experiments", "fuzz"]}
VERSION = sys.version_info[:2]

pytestmark = pytest.mark.skipif(VERSION not in LOCKS, reason="no lock for this Python")


def requirements_in(file: str) -> List[Requirement]:
    lines = (REQUIREMENTS / file).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.fixture(name="locked", scope="module")
def _locked() -> Dict[str, str]:
    """Name -> version, of all locks of this Python."""
    locked: Dict[str, str] = {}
    for file in LOCKS[VERSION]:
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
    text += "".join(extras[name] for name in EXTRAS[VERSION]).replace("%(test)s", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
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
    if VERSION == (3, 11):
        left_out |= {canonicalize_name(r.name) for r in requirements_in(OVERRIDES) if r.marker}
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
    if VERSION == (3, 11):
        explained = {canonicalize_name(r.name) for r in requirements_in(OVERRIDES)}
    assert set(conflicts) - explained == set(), conflicts


def test_nothing_is_locked_that_nobody_asks_for(
    locked: Dict[str, str], asked: List[Tuple[str, Requirement]]
) -> None:
    names = {canonicalize_name(requirement.name) for _, requirement in asked}
    assert set(locked) - names == set()


def test_the_overrides_are_what_is_locked(locked: Dict[str, str]) -> None:
    if VERSION != (3, 11):
        pytest.skip("the overrides are for Python 3.11")
    for requirement in requirements_in(OVERRIDES):
        name = canonicalize_name(requirement.name)
        if requirement.marker:
            assert name not in locked
        else:
            assert locked[name] in requirement.specifier
