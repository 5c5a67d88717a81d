"""From files to a tagger: whole, interrupted, by hand."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from allennlp.predictors import Predictor

from tests.learning.users_files import TOY, arguments, write_files
from tests.third_language import write_three_languages
from tests.tiny_runs import train, weights_of
from xner_allennlp.console.tagger import main
from xner_allennlp.learning import RECIPES, VECTORS, Learning, Request
from xner_allennlp.learning.display import Display

TINY = RECIPES["quick"]._replace(
    mapping="semi_supervised",
    # Enough for the teacher to find some entities.
    passes=15,
    sentences_seen=0,
    source_sentences=100,
    target_vocabulary=100,
)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The folder of a run that was interrupted in its last step, and went on; what it was of."""
    folder = tmp_path_factory.mktemp("learned")
    files = write_files(folder)
    files["target_test"] = str(folder / "nl.testb")
    shutil.copy(TOY / "ner" / "target.testb", files["target_test"])
    show, run = Display.progress, folder / "run"

    def interrupt(self, part):
        if (run / "mean_teacher" / "metrics_epoch_0.json").exists():
            raise KeyboardInterrupt
        show(self, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "quick", TINY)
        patch.setattr(Display, "progress", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Learning(Request(files, "en_nl", recipe="quick"), str(run)).run()
        assert not (run / "model.tar.gz").exists()
        patch.setattr(Display, "progress", show)
        Learning(Request(files, "en_nl", recipe="quick"), str(run)).run()
    return run, files


def test_the_tagger_tags(learned):
    run, _ = learned
    answer = Predictor.from_path(str(run / "model.tar.gz")).predict("Fodokmal ( Tiskenlanda ) 5")
    assert answer["tokens"] == ["Fodokmal", "(", "Tiskenlanda", ")", "5"]
    # Of the archive's words are those of the text, and the most frequent of the vectors.
    words = (run / "mean_teacher" / "vocabulary" / "target_tokens.txt").read_text("utf-8")
    assert len(words.split("\n")) > 100


def test_the_card_is_in_the_archive_and_beside_it(learned, capsys):
    run, _ = learned
    assert main(["card", str(run / "model.tar.gz")]) == 0
    card = capsys.readouterr().out
    assert card == (run / "README.md").read_text("utf-8")
    assert 'language: ["nl"]' in card and "target, test" in card
    assert "Preset `semi_supervised`, source_to_target.\nThe verdict: " in card


def test_the_record_says_what_was_found(learned):
    run, files = learned
    record = json.loads((run / "learn.json").read_text("utf-8"))
    assert list(record["steps"]) == [
        "data",
        "mapping",
        "cross_shared",
        "mean_teacher",
        "scores",
    ]
    assert record["steps"]["data"]["sentences"] == 100
    for system in ("cross_shared", "mean_teacher"):
        assert "; kept is the mean of the last " in record["steps"][system]["said"][0]
    rounds = (run / "mean_teacher" / "pseudo_labels.jsonl").read_text("utf-8").splitlines()
    assert all(json.loads(line)["entities"] for line in rounds) and len(rounds) > 1
    assert set(record["steps"]["scores"]["sets"]) == {"source_dev", "target_test"}
    # The scores are those of the archive, which is a mean, not of the validation that was chosen.
    metrics = json.loads((run / "mean_teacher" / "metrics.json").read_text("utf-8"))
    f1 = record["steps"]["scores"]["sets"]["target_test"]["f1"]
    assert f1 == pytest.approx(metrics["test_target_f1"])
    assert str(Path(files["source_corpus"]).parent) not in json.dumps(record["request"])


@pytest.mark.parametrize("step", ["cross_shared", "mean_teacher"])
def test_a_config_gives_the_same_by_hand(learned, tmp_path, step):
    run, _ = learned
    config = json.loads((run / "configs" / f"{step}.json").read_text("utf-8"))
    train(config, tmp_path / "by_hand")
    ours, theirs = weights_of(run / step), weights_of(tmp_path / "by_hand")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_finished_run_is_not_done_again(learned, capsys, monkeypatch):
    run, files = learned
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    assert main(arguments(files, run, "--quick", "--pair", "en_nl")) == 0
    assert capsys.readouterr().out.count("(done before)") == 3
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


@pytest.mark.parametrize("name", ["model.tar.gz", "README.md"])
def test_what_was_taken_away_is_put_back(learned, capsys, tmp_path, name):
    run, files = learned
    shutil.move(run / name, tmp_path / name)
    # Nor is it told of a tagger that is nowhere.
    shutil.move(run / "mean_teacher" / name, tmp_path / "made")
    assert main(arguments(files, run, "--quick", "--pair", "en_nl")) == 2
    shutil.move(tmp_path / "made", run / "mean_teacher" / name)
    done = capsys.readouterr()
    assert f"{run / 'mean_teacher' / name} is gone" in done.err and "the tagger" not in done.out
    assert main(arguments(files, run, "--quick", "--pair", "en_nl")) == 0
    assert (run / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_folder_that_was_moved_goes_on(learned, tmp_path, monkeypatch):
    run, files = learned
    monkeypatch.setitem(RECIPES, "quick", TINY)
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    record = json.loads((moved / "learn.json").read_text("utf-8"))
    # As if it had been interrupted in the last training, somewhere else.
    for step in ("mean_teacher", "scores"):
        del record["steps"][step]
    (moved / "mean_teacher" / "model.tar.gz").unlink()
    for path in (moved / "learn.json", moved / "configs" / "mean_teacher.json"):
        text = json.dumps(record) if path.name == "learn.json" else path.read_text("utf-8")
        path.write_text(text.replace(str(run), "/somewhere/else"), "utf-8")
    (moved / "data" / "ner" / "nl" / f".nl.train.{'0' * 32}.tmp").write_text("half")
    before = (moved / "logs" / "mean_teacher.log").read_text("utf-8")
    assert main(arguments(files, moved, "--quick", "--pair", "en_nl")) == 0
    ours, theirs = weights_of(moved / "mean_teacher"), weights_of(run / "mean_teacher")
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert not list((moved / "data").rglob("*.tmp"))
    # The log has both attempts.
    after = (moved / "logs" / "mean_teacher.log").read_text("utf-8")
    assert (
        after.startswith(before)
        and after.count("allennlp train ") == before.count("allennlp train ") + 1
    )


def test_the_folder_of_another_run_is_refused(learned, tmp_path, capsys):
    run, files = learned
    assert main(arguments(files, run, "--quick", "--seed", "2")) == 2
    assert "another run (seed was 13370, is 2)" in capsys.readouterr().err
    other = tmp_path / "other.txt"
    other.write_text("Anna\n")
    changed = {**files, "target_text": str(other)}
    assert main(arguments(changed, run, "--quick", "--pair", "en_nl")) == 2
    error = capsys.readouterr().err
    assert f"(--target-text was {Path(files['target_text']).name} (" in error
    assert "is other.txt (" in error and "--source-corpus" not in error


@pytest.fixture(scope="module")
def learned_with_encoder(tmp_path_factory):
    """The folder of a run with an encoder, which was interrupted; the command line's arguments."""
    folder = tmp_path_factory.mktemp("with_encoder")
    files = {name: path for name, path in write_files(folder).items() if name not in VECTORS}
    shutil.copytree(TOY / "encoder", folder / "my-encoder")
    command = arguments(
        files, folder / "run", "--encoder", str(folder / "my-encoder"), "--quick", "--pair", "en_nl"
    )
    show = Display.progress

    def interrupt(self, part):
        if (folder / "run" / "transformer" / "metrics_epoch_0.json").exists():
            raise KeyboardInterrupt
        show(self, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "quick", TINY)
        patch.setattr(Display, "progress", interrupt)
        assert main(command) == 130
        patch.setattr(Display, "progress", show)
        assert main(command) == 0
    return folder / "run", command


def test_an_encoder_takes_the_place_of_vectors(learned_with_encoder, tmp_path, capsys):
    run, command = learned_with_encoder
    record = json.loads((run / "learn.json").read_text("utf-8"))
    assert list(record["steps"]) == ["data", "transformer", "transformer_distilled", "scores"]
    assert record["request"]["encoder"]["name"] == "my-encoder"
    assert "not zero-resource" in " ".join(record["steps"]["data"]["said"])
    answer = Predictor.from_path(str(run / "model.tar.gz")).predict("Fodokmal ( Tiskenlanda ) 5")
    assert answer["tokens"] == ["Fodokmal", "(", "Tiskenlanda", ")", "5"]
    card = (run / "README.md").read_text("utf-8")
    assert "the pretrained multilingual encoder my-encoder" in card and str(run.parent) not in card
    assert (
        f"| pretrained encoder | my-encoder | `{record['request']['encoder']['sha256']}` |" in card
    )
    assert "not zero-resource" in card and '"zero-resource"' not in card and "mapping" not in card
    train(json.loads((run / "configs" / "transformer.json").read_text("utf-8")), tmp_path / "hand")
    ours, theirs = weights_of(run / "transformer"), weights_of(tmp_path / "hand")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert main(command) == 0
    assert capsys.readouterr().out.count("(done before)") == 2


def test_several_source_languages(tmp_path, capsys, monkeypatch):
    write_three_languages(tmp_path / "data", sentences=120)
    corpora = [tmp_path / "data" / "ner" / code / f"{code}.train" for code in ("en", "es")]
    vectors = [tmp_path / "data" / "vectors" / f"{code}.vec.gz" for code in ("en", "es", "nl")]
    monkeypatch.setitem(RECIPES, "quick", TINY._replace(mapping="robust", mapping_seeds=1))
    files = ["--source-corpus", *corpora, "--source-vectors", *vectors[:2]]
    files += ["--target-text", write_files(tmp_path)["target_text"], "--target-vectors", vectors[2]]
    run = tmp_path / "run"
    command = ["learn", *map(str, files), "-s", str(run), "--quick"]
    assert main(command) == 0
    record = json.loads((run / "learn.json").read_text("utf-8"))
    assert record["request"]["pair"] == "en+es_nl"
    assert list(record["steps"])[:3] == ["data", "mapping/en", "mapping/es"]
    assert set(record["steps"]["scores"]["sets"]) == {"source_en_dev", "source_es_dev"}
    assert all(each["f1"] > 0.2 for each in record["steps"]["scores"]["sets"].values())
    answer = Predictor.from_path(str(run / "model.tar.gz")).predict("Fodokmal ( Tiskenlanda ) 5")
    assert answer["tokens"] == ["Fodokmal", "(", "Tiskenlanda", ")", "5"]
    assert 'language: ["nl"]' in (run / "README.md").read_text("utf-8")
    assert main(command) == 0
    assert capsys.readouterr().out.count("(done before)") == 4
