"""What goes wrong on the way from files to a tagger, and what is said of it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.learning.users_files import TOY, arguments, write_files
from xner_allennlp.console.tagger import main
from xner_allennlp.learning import VECTORS, Learning
from xner_allennlp.learning.steps import AllennlpRunner, StepFailed
from xner_allennlp.mapping import Mapping

FAILED = {
    "failed": True,
    "verdict": {"summary": "failed (numbers)"},
    "restarts": [{"seed": seed, "criterion": 0.5} for seed in (13370, 13371)],
}
RUN_MAPPING = AllennlpRunner.map_embeddings


def fail_with(monkeypatch, *presets):
    """Mappings of these presets fail; the list that is returned gets what is run."""
    tried = []

    def map_embeddings(runner, name, config):
        preset = config["mapper"]["preset"]
        tried.append(preset)
        if preset not in presets:
            return RUN_MAPPING(runner, name, config)
        folder = Path(runner._folder) / name
        folder.mkdir()
        (folder / "metrics.json").write_text(json.dumps(FAILED), encoding="utf-8")
        return FAILED

    monkeypatch.setattr(AllennlpRunner, "map_embeddings", map_embeddings)
    return tried


def test_a_failed_mapping_ends_it(tmp_path, capsys, monkeypatch):
    tried = fail_with(monkeypatch, "robust", "semi_supervised")
    command = arguments(write_files(tmp_path), tmp_path / "run", "--quick")
    for _ in range(2):
        assert main(command) == 3
        error = capsys.readouterr().err
        numbers = "failed (numbers); criterion by seed: 13370 0.5000, 13371 0.5000"
        assert f"(robust: {numbers}; semi_supervised: {numbers})" in error
        assert tried == ["robust", "semi_supervised"]


def test_words_written_alike_help_out(tmp_path, capsys, monkeypatch):
    tried = fail_with(monkeypatch, "robust")

    def stop(*_):
        raise StepFailed("mapped")

    monkeypatch.setattr(Learning, "_train_all", stop)
    command = arguments(write_files(tmp_path), tmp_path / "run", "--quick")
    for _ in range(2):
        assert main(command) == 3
        output = capsys.readouterr().out
        assert "robust: failed (numbers)" in output and "semi_supervised: works (" in output
    assert tried == ["robust", "semi_supervised"]
    assert Mapping.load(tmp_path / "run" / "mapping" / "mapping.npz").provenance["preset"] == (
        "semi_supervised"
    )
    assert (tmp_path / "run" / "mapping.robust.failed" / "metrics.json").is_file()


def test_without_words_written_alike(tmp_path, capsys, monkeypatch):
    fail_with(monkeypatch, "robust")
    files = write_files(tmp_path)
    for name in VECTORS:
        lines = Path(files[name]).read_text("utf-8").rstrip("\n").split("\n")
        if name == "source_vectors":
            words = [f"{line.split(' ')[0]} " for line in lines]
        else:
            lines = [line for line in lines if not line.startswith(tuple(words))]
        files[name] = str(tmp_path / f"{name}.vec")
        Path(files[name]).write_text("\n".join(lines[name == "source_vectors" :]) + "\n", "utf-8")
    assert main(arguments(files, tmp_path / "run", "--quick")) == 3
    error = capsys.readouterr().err
    assert "robust: failed (numbers)" in error and "Not one word pair to start from" in error


def test_swapped_vectors_are_refused(tmp_path, capsys):
    files = write_files(tmp_path)
    vectors = files["source_vectors"], files["target_vectors"]
    files["target_vectors"], files["source_vectors"] = vectors
    assert main(arguments(files, tmp_path / "run", "--quick")) == 2
    error = capsys.readouterr().err
    assert f"{vectors[1]} and {vectors[0]}: " in error and "Swap the two files" in error


@pytest.mark.parametrize(
    "name, other",
    [
        ("source_vectors", "target_vectors"),
        ("source_corpus", "target_text"),
        ("source_corpus", "target_test"),
        ("source_corpus", "source_dev"),
    ],
)
def test_one_file_in_two_places_is_refused(tmp_path, capsys, name, other):
    files = write_files(tmp_path)
    files[other] = shutil.copy(files[name], str(tmp_path / "copy"))
    assert main(arguments(files, tmp_path / "run", "--quick", "--pair", "en_nl")) == 2
    options = " and ".join(f"--{each.replace('_', '-')}" for each in (name, other))
    assert f"{options} are the same file, or copies of it" in capsys.readouterr().err


def test_a_failed_step_is_named_with_its_log(tmp_path, capsys, monkeypatch):
    config = {"source_vectors": "nowhere", "target_vectors": "nowhere"}
    monkeypatch.setattr("xner_allennlp.learning.learning.mapping_config", lambda *_: config)
    assert main(arguments(write_files(tmp_path), tmp_path / "run", "--quick")) == 3
    error = capsys.readouterr().err
    assert "mapping has failed" in error and "there is no file nowhere" in error
    assert os.path.isfile(error.split("the whole log: ")[1].rstrip(")\n"))


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("source_corpus", None, "--source-corpus: there is no file"),
        ("source_corpus", "Anna\nlives\n\n", "one column, so there are no labels"),
        ("source_corpus", "Anna O\nlives O\n\nin O\n\n", "every word has the tag O"),
        ("source_corpus", "Anna B-PER\n\n", "one sentence is not enough"),
        (
            "source_corpus",
            "Anna lives in Bonn\nso does he .\n",
            "Raw text goes in as --target-text",
        ),
        ("target_text", "\n \n", "there are no words in it"),
        (
            "target_text",
            "".join(f"ZÃ¼rich {number}\n" for number in range(99)),
            "target_text: 99 tokens with letters of",
        ),
        ("target_vectors", "no vectors\n", "target_vectors"),
        ("target_vectors", "a 1 2\nb 2 3\nc 3 4\n", "same number of dimensions"),
        ("target_vectors", "x" + " 1" * 40 + "\n", "have a vector in"),
        ("target_text", ("x" + " 1" * 40 + "\n") * 3, "word vectors. Give its text"),
    ],
)
def test_mistakes_are_found_before_anything_is_learned(tmp_path, capsys, name, content, message):
    files = write_files(tmp_path)
    files[name] = str(tmp_path / name)
    if content is not None:
        Path(files[name]).write_text(content, encoding="utf-8")
    assert main(arguments(files, tmp_path / "run", "--pair", "en_nl")) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run" / "logs").exists()


@pytest.mark.parametrize("name", ["source_dev", "target_dev", "target_test"])
def test_types_that_no_tagger_could_find_are_told_before_anything_is_learned(
    tmp_path, capsys, name
):
    files = write_files(tmp_path)
    corpus = Path(files["source_corpus"])
    corpus.write_text(corpus.read_text("utf-8").replace("-MISC", "-ORG"), "utf-8")
    files[name] = str(tmp_path / name)
    split = TOY / "ner" / ("source.testa" if name == "source_dev" else "target.testb")
    shutil.copy(split, files[name])
    assert main(arguments(files, tmp_path / "run", "--pair", "en_nl")) == 2
    message = f"{files[name]}: it has entities of MISC, which no source corpus has: those are LOC,"
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run" / "logs").exists()


def test_a_file_may_be_mended_as_long_as_nothing_is_learned(tmp_path, capsys, monkeypatch):
    files = write_files(tmp_path)
    content = Path(files["source_corpus"]).read_text("utf-8")
    Path(files["source_corpus"]).write_text("Anna lives in Bonn\nso does he .\n", "utf-8")
    command = arguments(files, tmp_path / "run", "--quick")
    assert main(command) == 2
    Path(files["source_corpus"]).write_text(content, "utf-8")

    def stop(*_):
        raise StepFailed("all files are read")

    monkeypatch.setattr(Learning, "_map", stop)
    assert main(command) == 3
    assert "all files are read" in capsys.readouterr().err
    # Now the steps that were finished are those of this corpus.
    Path(files["source_corpus"]).write_text(content + content, "utf-8")
    assert main(command) == 2
    assert "is the folder of another run (--source-corpus was" in capsys.readouterr().err


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    files = write_files(tmp_path)
    assert main(arguments(files, tmp_path)) == 2
    assert "it was not made by this command" in capsys.readouterr().err
    assert main(arguments(files, files["target_text"])) == 2
    assert "is a file" in capsys.readouterr().err
    assert main(arguments(files, tmp_path / "run", "--pair", "en")) == 2
    assert "give two codes" in capsys.readouterr().err
    for device, message in (
        ("banana", "--device is 'banana'; give cpu, cuda or the number of a GPU"),
        ("99", "the device cuda:99 cannot be used here"),
        ("cuda:99", "the device cuda:99 cannot be used here"),
    ):
        assert main(arguments(files, tmp_path / "run", "--device", device)) == 2
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "left_out, encoder, message",
    [
        ((), TOY / "encoder", "--source-vectors and --encoder are both given"),
        (VECTORS, None, "Give word vectors of all languages (--source-vectors"),
        (VECTORS[:1], None, "--source-vectors is missing"),
        (VECTORS[1:], None, "--target-vectors is missing"),
        (VECTORS, TOY / "vectors", "has no config.json: name the folder"),
        (VECTORS, TOY / "nowhere", "is no folder here, and could not be fetched"),
    ],
)
def test_vectors_or_an_encoder(tmp_path, capsys, left_out, encoder, message):
    files = {name: path for name, path in write_files(tmp_path).items() if name not in left_out}
    more = [] if encoder is None else ["--encoder", str(encoder)]
    assert main(arguments(files, tmp_path / "run", *more)) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run" / "logs").exists()
