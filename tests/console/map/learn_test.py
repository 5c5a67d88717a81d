import argparse
import json
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

from xner_allennlp.console.map.learn import add_learning_options, configuration
from xner_allennlp.mapping import Mapping, WordVectorMapper
from xner_allennlp.vectors import read_word_vectors, write_word_vectors


@pytest.fixture
def arguments(world: Any) -> List[str]:
    return [
        "learn",
        *("--source", str(world.folder / "s.vec")),
        *("--target", str(world.folder / "t.vec")),
        *("-s", str(world.folder / "out")),
    ]


def saved(world: Any, name: str) -> Any:
    return json.loads((world.folder / "out" / name).read_text())


def test_words_written_alike(run: Any, world: Any, arguments: List[str]) -> None:
    done = run(*arguments, "--preset", "semi_supervised")
    assert done.status == 0, done.err
    mapping = Mapping.load(world.folder / "out" / "mapping.npz")
    assert done.out.splitlines()[-1].startswith(
        f"{world.folder}/out/mapping.npz: the mapping works ("
    )
    source, target = (
        mapping.apply(vectors.matrix, language)
        for vectors, language in ((world.source, "source"), (world.target, "target"))
    )
    np.testing.assert_allclose(source, target, atol=1e-3)


def test_an_encoder_chooses_its_preset(
    run: Any, world: Any, arguments: List[str], toy: Path
) -> None:
    done = run(*arguments, "--encoder", toy / "encoder", "--set", "start.words=100")
    assert done.status == 0, done.err
    assert saved(world, "config.json")["mapper"] == {
        "preset": "multilingual_encoder",
        "start": {"encoder": str(toy / "encoder"), "words": 100},
    }
    assert saved(world, "metrics.json")["start"] == "multilingual_encoder"


@pytest.mark.parametrize(
    "options, given, start",
    [
        (["--preset", "robust"], "--preset robust", "transport"),
        (["--preset", "paper"], "--preset paper", "adversarial"),
        (["--seed-dictionary", "seed.txt"], "--seed-dictionary", "dictionary"),
        (["--set", "start=transport"], "--set start", "transport"),
        (["--set", "start.type=transport"], "--set start", "transport"),
    ],
)
def test_an_encoder_beside_another_start(
    run: Any, arguments: List[str], toy: Path, options: List[str], given: str, start: str
) -> None:
    done = run(*arguments, "--encoder", toy / "encoder", *options)
    assert done.status == 2
    message = f'--encoder and {given} are both given, but the start "{start}" has no encoder'
    assert message in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    "settings, start",
    [
        (["start=transport", "start.restarts=1"], {"type": "transport", "restarts": 1}),
        (["start.restarts=1", "start=transport"], {"type": "transport", "restarts": 1}),
        (['start={"restarts": 1}', "start.words=100"], {"restarts": 1, "words": 100}),
    ],
)
def test_a_group_and_its_parts_may_be_set(settings: List[str], start: Any) -> None:
    parser = argparse.ArgumentParser()
    add_learning_options(parser)
    options = [text for setting in settings for text in ("--set", setting)]
    args = parser.parse_args(["-s", "out", "--preset", "cpu", *options])
    config = configuration(args, "s.vec", "t.vec")
    assert config["mapper"] == {"preset": "cpu", "start": start}
    WordVectorMapper(**config["mapper"])


def test_all_options_become_a_configuration(run: Any, world: Any, arguments: List[str]) -> None:
    (world.folder / "seed.txt").write_text("\n".join(f"s{row} t{row}" for row in range(40, 90)))
    (world.folder / "test.txt").write_text("\n".join(f"s{row} t{row}" for row in range(90, 120)))
    done = run(
        *arguments,
        *("--seed-dictionary", world.folder / "seed.txt"),
        *("--evaluation-dictionary", world.folder / "test.txt"),
        *(
            "--set",
            "refinement.iterations=2",
            "--set",
            'normalize=["renorm"]',
            "--set",
            "dictionary_method=nn",
        ),
        *("--direction", "target_to_source", "--seed", "7", "--max-words", "110"),
        *("--lowercase", "--write-mapped-vectors"),
    )
    assert done.status == 0, done.err
    assert saved(world, "config.json") == {
        "source_vectors": str(world.folder / "s.vec"),
        "target_vectors": str(world.folder / "t.vec"),
        "mapper": {
            "preset": "supervised",  # since there is a seed dictionary
            "direction": "target_to_source",
            "seed": 7,
            "refinement": {"iterations": 2},
            "normalize": ["renorm"],
            "dictionary_method": "nn",
        },
        "max_words": 110,
        "lowercase": True,
        "write_mapped_vectors": True,
        "seed_dictionary": str(world.folder / "seed.txt"),
        "evaluation_dictionary": str(world.folder / "test.txt"),
    }
    precision = saved(world, "metrics.json")["precision"]["source_to_target"]
    assert precision["words"] == 20
    assert precision["csls_precision_at_1"] == 1
    assert len(read_word_vectors(world.folder / "out" / "source.vec.gz")) == 110


def test_capitals_in_dictionaries_beside_lower_cased_vectors(
    run: Any, world: Any, arguments: List[str]
) -> None:
    for name in "st":
        path = world.folder / f"{name}.vec"
        path.write_text(path.read_text().replace(f"\n{name}", f"\n{name.upper()}"))
    for name, rows in (("seed", range(40, 90)), ("test", range(90, 120))):
        pairs = "\n".join(f"S{row} T{row}" for row in rows)
        (world.folder / f"{name}.txt").write_text(pairs)
    arguments += ["--seed-dictionary", str(world.folder / "seed.txt"), "--lowercase"]
    done = run(*arguments, "--evaluation-dictionary", world.folder / "test.txt")
    assert done.status == 0, done.err
    assert saved(world, "metrics.json")["precision"]["source_to_target"]["words"] == 30


def test_the_slow_preset_is_told_where_none_is_given(
    run: Any, arguments: List[str], caplog: pytest.LogCaptureFixture
) -> None:
    told = "cpu and robust take minutes"
    # Nothing is learned: there is no such option.
    arguments += ["--set", "seeed=3"]
    run(*arguments, "--preset", "paper")
    assert told not in caplog.text
    run(*arguments)
    assert told in caplog.text


def test_failed_mapping(run: Any, world: Any, arguments: List[str]) -> None:
    # Vectors that have nothing to do with each other.
    words = [f"shared{row}" for row in range(1200)]
    for name in "st":
        matrix = np.random.default_rng(ord(name)).normal(size=(1200, 6))
        write_word_vectors(world.folder / f"{name}.vec", words, [matrix], dim=6)
    arguments += ["--preset", "semi_supervised"]
    done = run(*arguments)
    assert done.status == 3
    assert "has failed (words written alike: precision@1 0.0" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert (world.folder / "out" / "mapping.npz").exists()

    done = run(*arguments, "--force", "--accept-failure")
    assert done.status == 0


class TestErrors:
    @pytest.mark.parametrize(
        "options, message",
        [
            (["--set", "seeed=3"], "seeed"),
            (["--set", "normalize=[renorm"], "is not JSON"),
            (["--set", "restarts"], "not of the form OPTION=JSON"),
            (["--set", "seed=1", "--seed", "2"], "The option seed is set twice"),
            (["--set", "start=transport", "--set", "start.type=x"], "start.type is set twice"),
            (["--set", "seed=1", "--set", "seed.of=2"], "The option seed is 1, so it has no of"),
            (["--set", "preset=cpu"], "Give --preset cpu"),
            (["--preset", "best"], "'best'"),
            (["--seed-dictionary", "none.txt"], "none.txt"),
            (["--force", "--recover"], "contradict"),
            (["--max-words", "0"], "whole number of at least 1"),
        ],
    )
    def test_wrong_options(
        self, run: Any, world: Any, arguments: List[str], options: List[str], message: str
    ) -> None:
        done = run(*arguments, *options)
        assert done.status == 2
        assert message in done.err.splitlines()[-1]
        assert not (world.folder / "out").exists()

    def test_directory_with_something_in_it(
        self, run: Any, world: Any, arguments: List[str]
    ) -> None:
        (world.folder / "out").mkdir()
        (world.folder / "out" / "precious").write_text("")
        done = run(*arguments, "--preset", "semi_supervised")
        assert done.status == 2
        assert "--force" in done.err.splitlines()[-1]
        assert (world.folder / "out" / "precious").exists()
