"""What a user's installation must have, and what only shows there."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path
from typing import Iterator, List, Set

import pytest
from packaging.requirements import Requirement

from xner_allennlp.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "xner_allennlp"
# Made with the environment: where allennlp-models is installed, it looks there before it downloads.
NLTK_DATA = Path(sys.prefix) / "nltk_data"


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if line:
            yield line


def requirement_names(text: str) -> List[str]:
    return [normalized(re.split(r"[^\w.-]", line)[0]) for line in requirement_lines(text)]


@pytest.fixture(name="lock", params=["modern.txt", "py310-constraints.txt"])
def _lock(request: pytest.FixtureRequest) -> str:
    return (ROOT / "requirements" / request.param).read_text("utf-8")


@pytest.fixture(name="setup_cfg", scope="module")
def _setup_cfg() -> ConfigParser:
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


def test_installed_version_is_the_version_of_the_sources() -> None:
    assert metadata.version("xner_allennlp") == VERSION


def test_every_folder_with_modules_is_a_package() -> None:
    # setuptools leaves folders without __init__.py out of the wheel, silently.
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_importing_the_package_imports_all_that_registers_something() -> None:
    # AllenNLP imports a third-party plugin plainly: a module that nobody imports registers nothing.
    names: Set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if re.search(r"^@\w+\.(register|factory)\(", path.read_text("utf-8"), re.MULTILINE):
            names.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert len(names) > 35
    program = "import sys, allennlp.common, xner_allennlp; print('\\n'.join(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert names - set(output.splitlines()) == set()


def test_importing_the_package_imports_nothing_that_only_some_commands_need() -> None:
    # Beside what AllenNLP imports itself; every command starts with this.
    program = (
        "import sys, allennlp.commands; before = set(sys.modules); import xner_allennlp\n"
        "print('\\n'.join({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    heavy = {"faiss", "fastapi", "matplotlib", "pandas", "pyarrow", "ray", "uvicorn"}
    assert heavy & set(output.split()) == set()


def test_plugins_file_names_the_package() -> None:
    assert (ROOT / ".allennlp_plugins").read_text("utf-8").split() == ["xner_allennlp"]


def test_locks_pin_every_package_once(lock: str) -> None:
    unpinned = [
        line
        for line in requirement_lines(lock)
        if not re.fullmatch(r"[\w.-]+==[\w.+]+(; python_version [<>=]+ \"[\d.]+\")?", line)
    ]
    assert unpinned == []
    for version in ("3.11", "3.12", "3.13"):
        applying = [
            line
            for line in requirement_lines(lock)
            if (marker := Requirement(line).marker) is None
            or marker.evaluate({"python_version": version})
        ]
        names = requirement_names("\n".join(applying))
        assert [name for name in set(names) if names.count(name) > 1] == []


def test_locks_hold_every_declared_requirement(lock: str, setup_cfg: ConfigParser) -> None:
    declared = requirement_names(setup_cfg["options"]["install_requires"])
    declared += requirement_names(setup_cfg["options.extras_require"]["test"])
    assert len(declared) > 2
    assert set(declared) - set(requirement_names(lock)) == set()


def test_every_third_party_import_is_declared(setup_cfg: ConfigParser) -> None:
    distributions = metadata.packages_distributions()
    declared = set(requirement_names(setup_cfg["options"]["install_requires"]))
    for extra in ("bulk", "serve"):
        declared |= set(requirement_names(setup_cfg["options.extras_require"][extra]))
    undeclared = set()
    for path in PACKAGE.rglob("*.py"):
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE):
            # Not installed means an import that is tried and done without.
            owners = {normalized(owner) for owner in distributions.get(name, [])}
            if name != "xner_allennlp" and owners and not owners & declared:
                undeclared.add((path.name, name))
    assert undeclared == set()


@pytest.fixture(name="installed", scope="module")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The `bin` of a new environment with the wheel. It borrows the packages of this one, but not this
    package: `.pth` files, by which a checkout is installed, do not work through another one.
    """
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    for name in (PACKAGE.name, "training_configs", "fixtures"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.cfg", "setup.py"):
        shutil.copy(ROOT / name, sources)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(sources)]
    subprocess.run([*pip, *build], check=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "environment", with_pip=False, symlinks=True)
    python = folder / "environment" / "bin" / "python"
    [site] = (folder / "environment").glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    # On the official stack the borrowed packages have this one, too, as a user installs it.
    install = ["install", "--ignore-installed", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, "--python", str(python), *install], check=True)
    return python.parent


def outside(installed: Path, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder,
        env={**environment, "HOME": str(folder), "NLTK_DATA": str(NLTK_DATA)},
        capture_output=True,
        text=True,
    )


def test_the_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    program = "import xner_allennlp; print(xner_allennlp.__file__)"
    where = outside(installed, tmp_path, "python", "-c", program).stdout
    assert where.startswith(str(installed.parent))

    made = outside(installed, tmp_path, "xner-data", "workspace", "work")
    assert made.returncode == 0, made.stderr
    # In the new folder, `allennlp` finds the package by itself, the configs, and what they name.
    work = tmp_path / "work"
    config = "training_configs/cross_word_no_char.jsonnet"
    arguments = ["allennlp", "train", config, "-s", "run", "--dry-run"]
    trained = outside(installed, work, "python", "-m", *arguments)
    assert trained.returncode == 0, trained.stderr[-3000:]
    assert (work / "run" / "vocabulary" / "source_tokens.txt").is_file()


def test_the_wheel_has_the_programs(installed: Path) -> None:
    assert {path.name for path in installed.glob("xner-*")} == {
        "xner-map",
        "xner-data",
        "xner-tagger",
    }


def test_the_wheel_holds_what_the_package_holds(installed: Path) -> None:
    sources = installed.parents[1] / "sources"
    [site] = installed.parent.glob("lib/python*/site-packages")
    kept = {
        str(path.relative_to(site))
        for path in (site / "xner_allennlp").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    held = {
        str(path.relative_to(sources))
        for path in (sources / PACKAGE.name).rglob("*")
        if path.is_file()
    }
    held |= {
        f"xner_allennlp/workspace/{path.relative_to(sources)}"
        for folder in ("training_configs", "fixtures/toy")
        for path in (sources / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert held - kept == set()
