import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.translator import Translator
from xner_allennlp.vectors import write_word_vectors

ROOT = Path(__file__).resolve().parents[3]
START = "import sys; from xner_allennlp.console.map import main; sys.exit(main())"


def type_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_words_of_the_command_line(run: Any, world: Any) -> None:
    done = run("translate", *world.files, "-k", 2, "s50", "nowhere", "S60")
    assert done.status == 0
    answers = Translator.of_mapping(world.mapping, world.source, world.target).translate(
        ["s50", "s60"], k=2
    )
    lines = [
        f"{word}\t{found.word}\t{found.score:.4f}"
        for word, answer in zip(["s50", "S60"], answers)
        for found in answer
    ]
    assert done.out.splitlines() == [*lines[:2], "nowhere\t\t", *lines[2:]]
    assert lines[0].startswith("s50\tt50\t")
    assert "no vector for 'nowhere' (source)" in done.err


def test_other_direction_and_method(run: Any, world: Any) -> None:
    done = run("translate", *world.files, "--from", "target", "-k", 1, "--method", "nn", "t77")
    assert done.out == "t77\ts77\t1.0000\n"


def test_approximate(run: Any, world: Any) -> None:
    words = ["s50", "s60", "s70"]
    expected = run("translate", *world.files, "-k", 1, *words).out
    assert run("translate", *world.files, "-k", 1, "--approximate", *words).out == expected


def test_words_of_standard_input(run: Any, world: Any, monkeypatch: Any) -> None:
    type_in(monkeypatch, b"s50\r\n\n  s60 \ns\xc3\xa9\ns70")  # no line end at the end
    done = run("translate", *world.files, "-k", 1, "--method", "nn")
    assert done.status == 0
    assert done.out == "s50\tt50\t1.0000\ns60\tt60\t1.0000\nsé\t\t\ns70\tt70\t1.0000\n"


def test_many_words_of_standard_input(run: Any, world: Any, monkeypatch: Any) -> None:
    words = [f"s{row}" for row in range(40, 120)] * 300
    type_in(monkeypatch, "\n".join(words).encode())
    done = run("translate", *world.files, "-k", 1, "--method", "nn")
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [
        [word, word.replace("s", "t")] for word in words
    ]


def test_byte_order_marks_are_no_letters(
    run: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, b"\xef\xbb\xbfs50\r\n\xef\xbb\xbfs60\n")
    done = run("translate", *world.files, "-k", 1)
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [
        ["s50", "t50"],
        ["s60", "t60"],
    ]


def test_a_word_that_is_not_utf_8_comes_out_as_it_came_in(world: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", START, "translate", *world.files, b"caf\xe9", "s50"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
    )
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == b"caf\xe9\t\t"
    assert lines[1].startswith(b"s50\tt50\t")


def test_answers_come_before_the_next_word_is_asked(world: Any) -> None:
    # In a process of its own, as somebody at a terminal uses it.
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", START, "translate", *world.files, "-k", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    for word, translation in (("s50", "t50"), ("shared3", "shared3")):
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
        assert process.stdout.readline().split("\t")[:2] == [word, translation]
    process.stdin.close()
    assert process.stdout.read() == ""
    assert process.wait(60) == 0
    process.stdout.close()


def test_reader_that_has_enough(world: Any) -> None:
    words = " ".join(["s50"] * 20_000)
    command = f'{sys.executable} -W ignore -c "$START" translate "$@" -k 5 {words} | head -n 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, "bash", *world.files],
        env={
            **os.environ,
            "START": START,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("s50\tt50\t")
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert done.returncode == 141


def test_through_a_pivot(run: Any, world: Any) -> None:
    rng = np.random.default_rng(9)
    W = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    words = [f"u{row}" for row in range(len(world.target))]
    write_word_vectors(world.folder / "u.vec", words, [world.target.matrix @ W], dim=6)
    Mapping(W, "source_to_target").save(world.folder / "u.npz")
    done = run(
        "translate",
        world.folder / "mapping.npz",
        "--source-vectors",
        world.folder / "s.vec",
        "--target-mapping",
        world.folder / "u.npz",
        "--target-vectors",
        world.folder / "u.vec",
        "-k",
        1,
        "s50",
    )
    assert done.status == 0
    assert done.out.startswith("s50\tu50\t")


class TestErrors:
    def check(self, done: Any, message: str) -> None:
        assert done.status == 2
        assert done.out == ""
        last = done.err.splitlines()[-1]
        assert last.startswith("xner-map")
        assert message in last
        assert "Traceback" not in done.err

    def test_swapped_vectors(self, run: Any, world: Any) -> None:
        files = world.files
        files[2], files[4] = files[4], files[2]
        self.check(run("translate", *files, "s50"), "Swap the vector files")

    def test_no_mapping(self, run: Any, world: Any) -> None:
        self.check(run("translate", "none.npz", *world.files[1:], "s50"), "none.npz: there is no")

    def test_no_vectors(self, run: Any, world: Any) -> None:
        files = [*world.files[:-1], "none.vec"]
        self.check(run("translate", *files, "s50"), "none.vec: word vectors cannot be read")

    @pytest.mark.parametrize("k", ["0", "-1", "x"])
    def test_number_of_translations(self, run: Any, world: Any, k: str) -> None:
        self.check(run("translate", *world.files, f"-k={k}", "s50"), "whole number of at least 1")

    def test_unknown_option(self, run: Any, world: Any) -> None:
        self.check(run("translate", *world.files, "s50", "--fast"), "--fast")
