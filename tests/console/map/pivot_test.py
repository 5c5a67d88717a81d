import shlex
import shutil
from typing import Any, List

import numpy as np
import pytest

from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import write_word_vectors


@pytest.fixture
def arguments(world: Any) -> List[str]:
    """Two languages and a pivot; word 50 is p50 in the pivot, nl50 and es50 in the others."""
    pivot = np.random.default_rng(3).normal(size=(120, 6))
    arguments = ["pivot"]
    for seed, name in enumerate(("p", "nl", "es")):
        W = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
        words = [f"shared{row}" if row < 40 else f"{name}{row}" for row in range(120)]
        path = world.folder / f"{name}.vec"
        write_word_vectors(path, words, [pivot if name == "p" else pivot @ W], dim=6)
        arguments += ["--pivot"] if name == "p" else []
        arguments.append(f"{name}={path}")
    return [*arguments, "-s", str(world.folder / "many"), "--preset", "semi_supervised"]


def test_every_language_into_every_other(run: Any, world: Any, arguments: List[str]) -> None:
    done = run(*arguments)
    assert done.status == 0, done.err
    for name in ("nl", "es"):
        mapping = Mapping.load(world.folder / "many" / name / "mapping.npz")
        assert mapping.direction == "source_to_target"
        assert mapping.fixed_W is None
    # What it says is how to translate.
    line = done.out.splitlines()[-1]
    command = shlex.split(line)
    assert command[0] == "xner-map" and command[-2:] == ["WORD", "..."]
    done = run(*command[1:-2], "-k", "1", "nl77")
    assert done.status == 0, done.err
    assert done.out.startswith("nl77\tes77\t")


def test_one_failing_language_does_not_stop_the_others(
    run: Any, world: Any, arguments: List[str]
) -> None:
    (world.folder / "nl.vec").write_text("broken")
    done = run(*arguments)
    assert done.status == 2
    assert "xner-map: nl -> p: " in done.err
    assert not (world.folder / "many" / "nl" / "mapping.npz").exists()
    es = world.folder / "many" / "es" / "mapping.npz"
    assert es.exists()
    assert "To translate" not in done.out


def test_recover_learns_only_what_is_missing(run: Any, world: Any, arguments: List[str]) -> None:
    assert run(*arguments).status == 0
    many = world.folder / "many"
    shutil.rmtree(many / "nl")
    before = (many / "es" / "mapping.npz").stat().st_mtime_ns
    done = run(*arguments, "--recover")
    assert done.status == 0, done.err
    assert "es/mapping.npz was finished before" in done.out
    assert (many / "es" / "mapping.npz").stat().st_mtime_ns == before
    assert (many / "nl" / "mapping.npz").exists()
    assert "To translate nl -> es" in done.out


def test_recover_with_other_settings(run: Any, world: Any, arguments: List[str]) -> None:
    assert run(*arguments).status == 0
    done = run(*arguments, "--recover", "--seed", "99")
    assert done.status == 2
    assert done.err.count("was finished before with other settings (mapper)") == 2
    assert run(*arguments, "--recover").status == 0


def test_failed_mapping(run: Any, world: Any, arguments: List[str]) -> None:
    for name in ("nl", "es"):
        # Vectors of nothing, and enough words written alike to tell.
        matrix = np.random.default_rng(len(name)).normal(size=(700, 6))
        words = [f"shared{row}" if row < 40 else f"alike{row}" for row in range(700)]
        write_word_vectors(world.folder / f"{name}.vec", words, [matrix], dim=6)
    matrix = np.random.default_rng(7).normal(size=(700, 6))
    write_word_vectors(world.folder / "p.vec", words, [matrix], dim=6)
    arguments[arguments.index("semi_supervised")] = "cpu"
    arguments += ["--set", "start.restarts=1", "--set", "reweighting=0"]
    done = run(*arguments)
    assert done.status == 3
    assert "nl -> p: The mapping has failed" in done.err
    assert "es -> p: The mapping has failed" in done.err
    assert run(*arguments, "--recover").status == 3
    done = run(*arguments, "--recover", "--accept-failure")
    assert done.status == 0
    assert "To translate nl -> es" in done.out


def test_unexpected_error_does_not_stop_the_others(
    run: Any, world: Any, arguments: List[str], monkeypatch: Any
) -> None:
    from xner_allennlp.console.map import pivot

    map_embeddings = pivot.map_embeddings

    def fail_for_dutch(params: Any, directory: Any, **options: Any) -> Mapping:
        if str(directory).endswith("nl"):
            raise FloatingPointError("no sense")
        return map_embeddings(params, directory, **options)

    monkeypatch.setattr(pivot, "map_embeddings", fail_for_dutch)
    done = run(*arguments)
    assert done.status == 1
    assert "nl -> p: unexpected FloatingPointError: no sense" in done.err
    assert (world.folder / "many" / "es" / "mapping.npz").exists()


def test_dictionary_of_each_language(run: Any, world: Any, arguments: List[str]) -> None:
    for name in ("nl", "es"):
        pairs = [f"{name}{row} p{row}" for row in range(40, 90)]
        (world.folder / f"{name}-p.txt").write_text("\n".join(pairs))
    arguments[-1] = "supervised"
    done = run(*arguments, "--seed-dictionary", world.folder / "{language}-p.txt")
    assert done.status == 0, done.err


class TestErrors:
    @pytest.mark.parametrize(
        "options, message",
        [
            (["--set", "direction=target_to_source"], "direction must be 'source_to_target'"),
            (["--set", "reweighting=0.5"], "reweighting must be 0.0"),
            (["nl=again.vec"], "The language nl is given twice"),
            (["p=again.vec"], "The language p is given twice"),
            (["nl"], "not of the form NAME=FILE"),
            (["../nl=nl.vec"], "cannot be the name of a directory"),
        ],
    )
    def test_nothing_is_learned(
        self, run: Any, world: Any, arguments: List[str], options: List[str], message: str
    ) -> None:
        done = run(*arguments, *options)
        assert done.status == 2
        assert message in done.err.splitlines()[-1]
        assert not (world.folder / "many").exists()
