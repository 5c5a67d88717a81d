"""
What the README and docs/ tell the user to type: every command line is parsed by its own program,
and what it names in this repository is there. What the commands do is tested beside their code.
"""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any, Iterator, List, NamedTuple, Tuple

import pytest
from allennlp.commands import parse_args
from allennlp.common import Params
from allennlp.training.callbacks import TrainerCallback

import experiments.console
from tests.tiny_runs import ROOT
from xner_allennlp.console import data, map, tagger

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), ROOT / "benchmarks" / "README.md"]
PROGRAMS = {one.COMMAND_LINE.program: one.COMMAND_LINE for one in (data, map, tagger)}
FOLDERS = ("benchmarks", "docs", "experiments", "fixtures", "requirements", "tests")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

# `NAME=value` before a command, and the command.
_COMMAND = re.compile(rf"((?:[A-Z_0-9]+=\S+ )*)((?:allennlp|make|python|{'|'.join(PROGRAMS)}) .*)")


class CommandLine(NamedTuple):
    page: str
    number: int
    text: str


def command_lines(page: Path) -> Iterator[CommandLine]:
    """What stands in the indented blocks of a page, with continued lines joined."""
    lines = page.read_text("utf-8").split("\n")
    number = 0
    while number < len(lines):
        start, text = number, lines[number]
        if text.startswith("    "):
            while text.endswith("\\"):
                number += 1
                text = text[:-1].rstrip() + " " + lines[number].strip()
            yield CommandLine(str(page.relative_to(ROOT)), start + 1, text.strip())
        number += 1


def words_of(text: str) -> List[str]:
    # What may be left out stands in brackets.
    return shlex.split(re.sub(r"\[(-.*?)\]", r"\1", text), comments=True)


LINES = [line for page in PAGES for line in command_lines(page)]
COMMANDS: List[Tuple[CommandLine, List[str]]] = [
    (line, words_of(match[2])) for line in LINES if (match := _COMMAND.match(line.text)) is not None
]
SETTINGS = set(
    re.findall(
        r"XNER_[A-Z_]+",
        "".join(
            path.read_text("utf-8")
            for pattern in ("training_configs/*sonnet", "xner_allennlp/**/*.py", "experiments/*")
            for path in ROOT.glob(pattern)
            if path.is_file()
        ),
    )
)


def of_program(*names: str) -> Any:
    chosen = [item for item in COMMANDS if item[1][0] in names]
    assert len(chosen) > 3, "the pages have another form than this test knows"
    return pytest.mark.parametrize(
        "words",
        [words for _, words in chosen],
        ids=[f"{line.page}:{line.number}" for line, _ in chosen],
    )


@of_program("allennlp")
def test_allennlp_command_lines(words: List[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", words)
    _, args = parse_args(prog="allennlp")
    assert args.func is not None
    json.loads(getattr(args, "overrides", None) or "{}")
    json.loads(getattr(args, "predictor_args", None) or "{}")


@of_program(*PROGRAMS)
def test_command_lines_of_our_programs(words: List[str]) -> None:
    program, *arguments = words
    parser = PROGRAMS[program].make_parser()
    if "..." in arguments:  # the rest of a line above
        [known] = [a.choices for a in parser._actions if arguments[0] in (a.choices or ())]
        known[arguments[0]].fill(known[arguments[0]])
        options = {o for action in known[arguments[0]]._actions for o in action.option_strings}
        assert {word for word in arguments if word.startswith("-")} <= options
    else:
        assert parser.parse_args(arguments).command.name == arguments[0]


@of_program("make")
def test_targets_and_variables_of_make(words: List[str]) -> None:
    for word in words[1:]:
        name = re.escape(word.partition("=")[0])
        what = rf"^{name} \??=" if "=" in word else rf"^(?!\.){name}:"
        assert re.search(what, MAKEFILE, re.MULTILINE), word


@of_program("python")
def test_options_of_scripts(words: List[str]) -> None:
    if words[1:3] == ["-m", "experiments"]:
        parser = experiments.console.COMMAND_LINE.make_parser()
        assert parser.parse_args(words[3:]).command.name == words[3]
        return
    source = (ROOT / words[1]).read_text("utf-8")
    for word in words[2 : [*words, "--"].index("--")]:
        if word.startswith("--") and word != "--help":
            assert word in source or f'"{word[2:]}"' in source, word


def test_every_target_of_make_has_its_line_of_help() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE)
    helped = re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE)
    assert sorted(targets) == sorted(helped)


def test_overrides_are_json_and_change_what_a_config_has() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    overrides = re.findall(r"-o '(\{.*?\})'", text, re.DOTALL)
    assert len(overrides) > 3
    keys = set()
    for name in ("cross_augmented_en_nl", "mapping_en_nl"):
        config = Params.from_file(ROOT / "training_configs" / f"{name}.jsonnet")
        keys |= set(config.as_flat_dict()) | set(config.params)
    # A callback is added by its name.
    keys |= {f"trainer.callbacks.{name}" for name in TrainerCallback.list_available()}
    for override in overrides:
        for key in json.loads(override):
            # Options with a default need not stand in the config, but their block does.
            assert key in keys | {"distributed"} or key.rpartition(".")[0] in keys, key


def test_settings_are_known() -> None:
    assert len(SETTINGS) > 5
    for page in PAGES:
        assert set(re.findall(r"XNER_[A-Z_]+", page.read_text("utf-8"))) <= SETTINGS, page


def test_files_of_this_repository_are_there() -> None:
    missing = []
    for page in PAGES:
        text = page.read_text("utf-8")
        named = re.findall(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w", text)
        named += re.findall(r"(?<![\w/.-])training_configs/[\w./-]*\w", text)
        missing += [
            (page.name, name)
            for name in named
            if not (ROOT / name).exists() and not (page.parent / name).exists()
        ]
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        missing += [(page.name, link) for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_python_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    run = tmp_path / "runs" / "cross_augmented_en_nl"
    run.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "portability" / "modern.tar.gz", run / "model.tar.gz")
    for language, name in (("source", "en.vec"), ("target", "nl.vec")):
        whole = (ROOT / "fixtures" / "toy" / "vectors" / f"{language}.vec").read_text("utf-8")
        few = whole.split("\n")[1:201]
        (tmp_path / name).write_text("\n".join(few) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for program in programs:
        exec(compile(program, "README.md", "exec"), names)
    assert names["tagger"].entity_types == ["LOC", "MISC", "ORG", "PER"]
    assert names["common"].shape[0] == 200
