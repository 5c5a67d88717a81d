"""The real command line, in subprocesses where the whole of it matters."""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
from allennlp.commands import parse_args
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.commands.map_embeddings import (
    MappingExperiment,
    MappingFailed,
    map_embeddings,
)
from xner_allennlp.mapping import Checkpoint, Mapping
from xner_allennlp.vectors import read_word_vectors

ROOT = Path(__file__).resolve().parents[2]
DIM = 6


@pytest.fixture
def config(tmp_path: Path) -> Dict[str, Any]:
    """Two small files of vectors, a dictionary, and a configuration that maps them in no time."""
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    matrix = rng.normal(size=(120, DIM))
    write_vectors(tmp_path / "s.vec", "s", matrix)
    write_vectors(tmp_path / "t.vec", "t", matrix @ rotation.T)
    pairs = [f"s{row} t{row}" for row in range(60, 120)]
    (tmp_path / "dictionary.txt").write_text("\n".join(pairs))
    return {
        "source_vectors": str(tmp_path / "s.vec"),
        "target_vectors": str(tmp_path / "t.vec"),
        "mapper": {"start": "identical_strings"},
    }


def write_vectors(path: Path, name: str, matrix: np.ndarray) -> None:
    lines = [f"{len(matrix)} {matrix.shape[1]}"]
    for row, vector in enumerate(matrix):
        word = f"shared{row}" if row < 40 else f"{name}{row}"
        lines.append(word + " " + " ".join(f"{number:.6f}" for number in vector))
    path.write_text("\n".join(lines) + "\n")


def run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    # A new subcommand is known only through the plugins file of the current directory.
    (cwd / ".allennlp_plugins").write_text("xner_allennlp\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return subprocess.run(
        [sys.executable, "-m", "allennlp", "map-embeddings", *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_command_line(config: Dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.jsonnet").write_text(json.dumps(config))
    directory = tmp_path / "out"
    overrides = {
        "evaluation_dictionary": str(tmp_path / "dictionary.txt"),
        "mapper.normalize": ["renorm"],
        "write_mapped_vectors": True,
    }
    arguments = ["config.jsonnet", "-s", "out", "-o", json.dumps(overrides)]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout

    names = set(os.listdir(directory))
    assert {"mapping.npz", "metrics.json", "config.json", "meta.json", "out.log"} <= names
    mapping = Mapping.load(directory / "mapping.npz")
    assert mapping.normalize == ("renorm",)
    metrics = json.loads((directory / "metrics.json").read_text())
    assert metrics["criterion"] == mapping.criterion
    assert metrics["precision"]["source_to_target"]["csls_precision_at_1"] > 0.95
    assert metrics["restarts"][0]["refinements"][0]["dictionary_size"] > 0
    saved = json.loads((directory / "config.json").read_text())
    assert saved["mapper"] == {"start": "identical_strings", "normalize": ["renorm"]}
    assert "refinement 1" in (directory / "out.log").read_text()
    source = read_word_vectors(config["source_vectors"])
    written = read_word_vectors(directory / "source.vec.gz")
    np.testing.assert_allclose(written.matrix, mapping.apply(source.matrix, "source"), atol=1e-3)

    # A second run refuses the directory, and --force overwrites it.
    again = run(*arguments, cwd=tmp_path)
    assert again.returncode != 0
    assert "is not empty" in again.stdout
    (directory / "left_over").write_text("")
    forced = run("config.jsonnet", "-s", "out", "--force", cwd=tmp_path)
    assert forced.returncode == 0, forced.stdout
    assert not {"left_over", "source.vec.gz", "target.vec.gz"} & set(os.listdir(directory))


def test_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, "argv", ["allennlp", "map-embeddings", "--help"])
    with pytest.raises(SystemExit) as done:
        parse_args("allennlp")
    assert done.value.code == 0
    text = capsys.readouterr().out
    for expected in ("CONFIG", "--serialization-dir", "--overrides", "--force", "mapping.npz"):
        assert expected in text


def test_nothing_optional_is_written(config: Dict[str, Any], tmp_path: Path) -> None:
    map_embeddings(Params(config), tmp_path / "out")
    assert not [name for name in os.listdir(tmp_path / "out") if ".vec" in name]
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert "precision" not in metrics


def test_dictionary_start(config: Dict[str, Any], tmp_path: Path) -> None:
    config["mapper"]["start"] = "dictionary"
    config["seed_dictionary"] = str(tmp_path / "dictionary.txt")
    map_embeddings(Params(config), tmp_path / "out")
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    # A fifth of the 60 pairs is held out for the verdict.
    assert metrics["restarts"][0]["start"]["dictionary_size"] == 48


def interrupted(*arguments: Any) -> None:
    raise KeyboardInterrupt


class TestRecovery:
    def interrupt(self, config: Dict[str, Any], directory: Path, monkeypatch: Any, at: int) -> None:
        """Ends a run with an error in one of its refinements, after the state is saved."""
        save, saved = Checkpoint.save, []

        def failing(self: Checkpoint, name: str, *content: Any) -> None:
            save(self, name, *content)
            saved.append(name)
            if len(saved) == at:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "save", failing)
            with pytest.raises(KeyboardInterrupt):
                map_embeddings(Params(copy.deepcopy(config)), directory)

    @pytest.mark.parametrize("at", [1, 2, 3, 5])
    def test_result_is_that_of_a_run_that_was_not_interrupted(
        self, config: Dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
    ) -> None:
        expected = map_embeddings(Params(copy.deepcopy(config)), tmp_path / "whole")
        self.interrupt(config, tmp_path / "out", monkeypatch, at)
        assert not (tmp_path / "out" / "mapping.npz").exists()
        with pytest.raises(ConfigurationError, match="--recover to go on"):
            map_embeddings(Params(copy.deepcopy(config)), tmp_path / "out")
        mapping = map_embeddings(Params(copy.deepcopy(config)), tmp_path / "out", recover=True)
        np.testing.assert_array_equal(mapping.W, expected.W)
        tables = [(tmp_path / name / "steps.tsv").read_text() for name in ("whole", "out")]
        assert tables[0] == tables[1]
        assert not (tmp_path / "out" / "checkpoint").exists()

    def test_other_settings_are_refused(
        self, config: Dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.interrupt(config, tmp_path / "out", monkeypatch, 2)
        config["mapper"]["neighbours"] = 3
        before = (tmp_path / "out" / "config.json").read_text()
        with pytest.raises(ConfigurationError, match="other settings.*options"):
            map_embeddings(Params(config), tmp_path / "out", recover=True)
        assert (tmp_path / "out" / "config.json").read_text() == before

    def test_another_seed_dictionary_is_refused(
        self, config: Dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dictionary = tmp_path / "dictionary.txt"
        dictionary.write_text("\n".join(f"s{row} t{row}" for row in range(60)))
        config["mapper"] = {"start": "dictionary"}
        config["seed_dictionary"] = str(dictionary)
        self.interrupt(config, tmp_path / "out", monkeypatch, 2)
        dictionary.write_text("\n".join(f"s{row} t{row}" for row in range(50)))
        with pytest.raises(ConfigurationError, match="other settings.*seed_dictionary"):
            map_embeddings(Params(config), tmp_path / "out", recover=True)

    def test_interrupted_before_anything_was_learned(
        self, config: Dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(MappingExperiment, "run", interrupted)
            with pytest.raises(KeyboardInterrupt):
                map_embeddings(Params(copy.deepcopy(config)), tmp_path / "out")
        map_embeddings(Params(config), tmp_path / "out", recover=True)
        assert (tmp_path / "out" / "mapping.npz").exists()

    def test_a_run_of_another_command_stays(self, config: Dict[str, Any], tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "config.json").write_text('{"model": {}}')
        with pytest.raises(ConfigurationError, match="config.json is not of a mapping"):
            map_embeddings(Params(config), tmp_path / "out", recover=True)
        assert (tmp_path / "out" / "config.json").read_text() == '{"model": {}}'

    def test_a_finished_run_stays(self, config: Dict[str, Any], tmp_path: Path) -> None:
        map_embeddings(Params(copy.deepcopy(config)), tmp_path / "out")
        with pytest.raises(ConfigurationError, match="finished"):
            map_embeddings(Params(config), tmp_path / "out", recover=True)


def test_a_failed_mapping_is_saved_and_told(config: Dict[str, Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for name in "st":
        write_vectors(tmp_path / f"{name}.vec", name, rng.normal(size=(1500, DIM)))
    (tmp_path / "dictionary.txt").write_text(
        "\n".join(f"s{row} t{rng.integers(60, 1500)}" for row in range(60, 1500))
    )
    config["mapper"] = {"start": "dictionary"}
    config["seed_dictionary"] = str(tmp_path / "dictionary.txt")
    with pytest.raises(MappingFailed, match="The mapping has failed.*Try more word pairs"):
        map_embeddings(Params(copy.deepcopy(config)), tmp_path / "out")
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["failed"] is True
    assert Mapping.load(tmp_path / "out" / "mapping.npz").criterion == metrics["criterion"]
    (tmp_path / "config.jsonnet").write_text(json.dumps(config))
    done = run("config.jsonnet", "-s", "again", cwd=tmp_path)
    assert done.returncode == 3
    assert "held-out words of the dictionary: precision@1 0.0" in done.stdout
    map_embeddings(Params(config), tmp_path / "accepted", accept_failure=True)


class TestBadInput:
    def check(self, config: Dict[str, Any], directory: Path, *messages: str) -> None:
        with pytest.raises(ConfigurationError) as error:
            map_embeddings(Params(copy.deepcopy(config)), directory)
        for message in messages:
            assert message in str(error.value)
        # Nothing was begun, and nothing that was there is lost.
        assert not directory.exists()
        directory.mkdir()
        (directory / "precious").write_text("")
        with pytest.raises(ConfigurationError):
            map_embeddings(Params(config), directory, force=True)
        assert os.listdir(directory) == ["precious"]

    @pytest.mark.parametrize("setting", ["max_words", "evaluation_words"])
    def test_no_words(self, config, tmp_path: Path, setting: str) -> None:
        config[setting] = 0
        self.check(config, tmp_path / "out", f"{setting} must be at least 1, not 0")

    def test_missing_file_leaves_no_directory(self, config, tmp_path: Path) -> None:
        config["target_vectors"] = str(tmp_path / "none.vec")
        self.check(config, tmp_path / "out", "target_vectors: there is no file", "none.vec")

    def test_unknown_setting_leaves_the_directory(self, config, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "precious").write_text("")
        config["mapper"]["sed"] = 3
        with pytest.raises(ConfigurationError, match="sed"):
            map_embeddings(Params(config), tmp_path / "out", force=True)
        assert (tmp_path / "out" / "precious").exists()

    def test_force_never_deletes_its_own_input(self, config, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="would delete .*s.vec"):
            map_embeddings(Params(config), tmp_path, force=True)
        assert (tmp_path / "s.vec").exists()

    def test_force_spares_the_encoder(self, config, tmp_path: Path) -> None:
        encoder = tmp_path / "out" / "encoder"
        encoder.mkdir(parents=True)
        config["mapper"] = {"start": {"type": "multilingual_encoder", "encoder": str(encoder)}}
        with pytest.raises(ConfigurationError, match=r"would delete .*encoder \(start.encoder\)"):
            map_embeddings(Params(config), tmp_path / "out", force=True)
        assert encoder.exists()

    def test_broken_vectors(self, config, tmp_path: Path) -> None:
        path = tmp_path / "t.vec"
        lines: List[str] = path.read_text().split("\n")
        lines[7] = "bad " + " ".join(["nan"] * DIM)
        path.write_text("\n".join(lines))
        self.check(config, tmp_path / "out", "t.vec, line 8", "NaN")

    def test_other_dimension(self, config, tmp_path: Path) -> None:
        write_vectors(tmp_path / "t.vec", "t", np.ones((9, DIM + 1)))
        self.check(config, tmp_path / "out", "6 dimensions", "has 7")

    def test_the_same_vectors_twice(self, config, tmp_path: Path) -> None:
        shutil.copy(tmp_path / "s.vec", tmp_path / "t.vec")
        self.check(config, tmp_path / "out", "s.vec and", "t.vec are the same file, or copies")

    @pytest.mark.parametrize("setting", ["seed_dictionary", "evaluation_dictionary"])
    def test_a_dictionary_of_the_other_direction(self, config, tmp_path, setting: str) -> None:
        config[setting] = str(tmp_path / "swapped.txt")
        (tmp_path / "swapped.txt").write_text("t50 s50\nt51 s51\n")
        self.check(config, tmp_path / "out", "swapped.txt: both words of 0 pairs have vectors")

    @pytest.mark.parametrize("preset", ["paper", "robust", "semi_supervised"])
    def test_one_word(self, config, tmp_path: Path, preset: str) -> None:
        write_vectors(tmp_path / "t.vec", "t", np.ones((3, DIM)))
        config["mapper"] = {"preset": preset}
        self.check(config, tmp_path / "out", "t.vec: there is but one distinct word vector")

    def test_broken_dictionary(self, config, tmp_path: Path) -> None:
        (tmp_path / "dictionary.txt").write_text("a b\nc\n")
        config["evaluation_dictionary"] = str(tmp_path / "dictionary.txt")
        self.check(config, tmp_path / "out", "dictionary.txt, line 2")


@pytest.mark.parametrize("language", ["es", "nl", "de", "ar", "fi"])
@pytest.mark.parametrize("preset", ["fixtures", "small", "paper"])
def test_configs(root: Path, monkeypatch: pytest.MonkeyPatch, language: str, preset: str) -> None:
    monkeypatch.setenv("XNER_PRESET", preset)
    monkeypatch.setenv("XNER_SEED", "77")
    monkeypatch.setenv("XNER_PAIR", f"en_{language}")
    monkeypatch.chdir(root)
    params = Params.from_file("training_configs/mapping.jsonnet")
    direction = "target_to_source" if language in ("ar", "fi") else "source_to_target"
    assert params["mapper"]["direction"] == direction
    assert params["mapper"]["seed"] == 77
    MappingExperiment.from_params(params)
    monkeypatch.setenv("XNER_DATA", "/data")
    real = Params.from_file("training_configs/mapping.jsonnet")
    assert real["source_vectors"] == "/data/vectors/en.vec.gz"
    assert real["target_vectors"] == f"/data/vectors/{language}.vec.gz"


@pytest.mark.parametrize("recover", [True, False])
def test_a_run_killed_while_it_wrote_its_configuration(
    config: Dict[str, Any], tmp_path: Path, recover: bool
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".config.json.{'0' * 32}.tmp").write_text('{"half')
    map_embeddings(Params(config), tmp_path / "out", recover=recover)
    assert (tmp_path / "out" / "mapping.npz").exists()
    assert not list((tmp_path / "out").glob(".*"))
