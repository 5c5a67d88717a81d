"""What AllenNLP writes has its name only when it is whole."""

import json
import os
import shutil

import pytest
from allennlp.commands import find_learning_rate, main
from allennlp.commands.evaluate import evaluate_from_archive
from allennlp.common import Params
from allennlp.common import util as common_util
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.training import util as training_util

from tests.tiny_runs import tiny_config, train
from xner_allennlp.common import stand_ins, unfinished_writes
from xner_allennlp.common.errors import InputError

CONFIG = {"trainer": {"num_epochs": 1}}
KILLED = "." + "config.json" + "." + "0" * 32 + ".tmp"


class Killed(BaseException):
    pass


@pytest.fixture
def killed_at(monkeypatch):
    """Ends the process, as it were, before a file gets its name."""

    def install(name):
        replace = os.replace

        def stop(temporary, path):
            if os.path.basename(path) == name:
                raise Killed()
            replace(temporary, path)

        monkeypatch.setattr(os, "replace", stop)

    return install


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    config = tiny_config("cross_shared", folder / "data")
    config["trainer"].update(callbacks=[], num_epochs=1)
    train(config, folder / "run")
    return folder


def test_installing_twice_changes_nothing():
    def installed():
        return [getattr(owner, name) for owner, name, _ in stand_ins._stand_ins()]

    before = installed()
    stand_ins.install()
    assert installed() == before


def test_the_table_has_every_stand_in():
    for _, name, stand_in in stand_ins._stand_ins():
        assert name in ("__call__", *stand_ins.__doc__.replace(".", "`").split("`")), name
        function = getattr(stand_in, "__func__", stand_in)
        assert function.__doc__.strip().startswith("Stands in for `"), name


def write_config(path):
    Params({"key": "new"}).to_file(str(path))


def write_metrics(path):
    common_util.dump_metrics(str(path), {"key": "new"})


@pytest.mark.parametrize("write", [write_config, write_metrics])
def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path, killed_at, write):
    path = tmp_path / "file.json"
    write(path)
    assert json.loads(path.read_text()) == {"key": "new"}
    path.write_text("old")
    killed_at("file.json")
    with pytest.raises(Killed):
        write(path)
    assert path.read_text() == "old"


def test_evaluate_writes_whole_files(trained, tmp_path, killed_at):
    corpus = str(trained / "data" / "target.testa")
    metrics, predictions = tmp_path / "metrics.json", tmp_path / "predictions.jsonl"

    def evaluate():
        evaluate_from_archive(
            trained / "run" / "model.tar.gz", corpus, str(metrics), str(predictions)
        )

    evaluate()
    assert "target_f1" in json.loads(metrics.read_text())
    assert all(json.loads(line) for line in predictions.read_text().splitlines())
    assert sorted(os.listdir(tmp_path)) == ["metrics.json", "predictions.jsonl"]
    for path in (predictions, metrics):
        path.write_text("old")
        killed_at(path.name)
        with pytest.raises(Killed):
            evaluate()
        assert path.read_text() == "old"


def test_predict_writes_a_whole_file(trained, tmp_path, killed_at, monkeypatch, capsys):
    (tmp_path / "in.txt").write_text("Fodokmal ( Tiskenlanda ) 5\nDupuburgem .\n")
    output = tmp_path / "out.jsonl"
    arguments = ["predict", str(trained / "run" / "model.tar.gz"), str(tmp_path / "in.txt")]
    arguments += ["--predictor", "ner_tagger", "--output-file"]
    monkeypatch.setattr("sys.argv", ["allennlp", *arguments, str(output), "--silent"])
    main()
    assert [len(json.loads(line)["tags"]) for line in output.read_text().splitlines()] == [5, 2]
    output.write_text("old")
    killed_at("out.jsonl")
    with pytest.raises(Killed):
        main()
    assert output.read_text() == "old"
    # A stream is written as it is, and without a file the answers are printed.
    for target in (["/dev/null", "--silent"], ["/dev/null"]):
        monkeypatch.setattr("sys.argv", ["allennlp", *arguments, *target])
        main()
    monkeypatch.setattr("sys.argv", ["allennlp", *arguments[:-1]])
    main()
    assert capsys.readouterr().out.count("prediction: ") == 4


def test_what_is_read_is_not_written_over(trained, tmp_path, monkeypatch):
    archive = str(trained / "run" / "model.tar.gz")
    corpus = shutil.copy(trained / "data" / "target.testa", tmp_path / "corpus")
    content = corpus.read_bytes()
    for outputs in ([str(corpus)], [None, str(corpus)]):
        with pytest.raises(InputError, match="corpus is what is read"):
            evaluate_from_archive(archive, str(corpus), *outputs)
    for options in ([], ["--use-dataset-reader"]):
        arguments = ["predict", archive, str(corpus), "--output-file", str(corpus), *options]
        monkeypatch.setattr("sys.argv", ["allennlp", *arguments, "--predictor", "ner_tagger"])
        with pytest.raises(InputError, match="corpus is what is read"):
            main()
    assert corpus.read_bytes() == content


def test_the_file_that_the_shell_appends_to_is_not_emptied(trained, tmp_path):
    """`/dev/fd/N` as `/dev/stdout`, which stands for the file behind it."""
    corpus = str(trained / "data" / "target.testa")
    (tmp_path / "in.txt").write_text("Anna\n")
    with open(tmp_path / "out.txt", "a") as out:
        out.write("old\n")
        out.flush()
        name = f"/dev/fd/{out.fileno()}"
        stand_ins.PredictManager(Echo(), str(tmp_path / "in.txt"), name, 1, False, False).run()
        evaluate_from_archive(
            trained / "run" / "model.tar.gz", corpus, str(tmp_path / "metrics.json"), name
        )
    old, answer, *predictions = (tmp_path / "out.txt").read_text().splitlines()
    assert (old, answer) == ("old", "Anna")
    assert all("tags" in json.loads(line) for line in predictions) and predictions


class Echo:
    def load_line(self, line):
        return {"text": line.strip()}

    def predict_json(self, inputs):
        return inputs

    def dump_line(self, outputs):
        return outputs["text"] + "\n"


@pytest.mark.parametrize("of_locale", ["ascii", "latin-1"])
def test_predict_writes_utf_8_in_every_locale(of_locale, tmp_path, monkeypatch):
    text = "Łódź, Zürich\n"
    (tmp_path / "in.txt").write_text(text, encoding="utf-8")

    def open_by_locale(path, mode, encoding=of_locale):
        return open(path, mode, encoding=encoding)

    monkeypatch.setattr(stand_ins, "open", open_by_locale, raising=False)
    files = (str(tmp_path / name) for name in ("in.txt", "out.txt"))
    stand_ins.PredictManager(Echo(), *files, 1, False, False).run()
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == text


def test_find_lr_takes_our_configs(tmp_path):
    config = tiny_config("cross_shared", tmp_path / "data")
    assert config["trainer"]["type"] == "named_callbacks"
    find_learning_rate.find_learning_rate_model(
        Params(config), str(tmp_path / "run"), num_batches=11
    )
    assert (tmp_path / "run" / "lr-losses.png").read_bytes().startswith(b"\x89PNG")


def test_the_plot_of_learning_rates_is_whole(tmp_path, killed_at, caplog):
    caplog.set_level("INFO")
    path = tmp_path / "lr-losses.png"
    find_learning_rate._save_plot([0.1, 0.2], [2.0, 1.0], str(path))
    assert path.read_bytes().startswith(b"\x89PNG")
    assert f"plot to {path}." in caplog.text
    path.write_text("old")
    killed_at("lr-losses.png")
    with pytest.raises(Killed):
        find_learning_rate._save_plot([0.1, 0.2], [2.0, 1.0], str(path))
    assert path.read_text() == "old"


def test_metrics_are_logged(caplog):
    caplog.set_level("INFO")
    common_util.dump_metrics(None, {"f1": 0.25}, log=True)
    assert any("0.25" in record.getMessage() for record in caplog.records)


def test_a_vocabulary_is_there_when_it_is_whole(tmp_path, killed_at):
    vocabulary = Vocabulary(non_padded_namespaces=["labels"])
    for namespace in ("tokens", "labels"):
        for word in ("one", "two\nlines", "ä"):
            vocabulary.add_token_to_namespace(word, namespace)
    vocabulary.save_to_files(str(tmp_path / "whole"))
    read = Vocabulary.from_files(str(tmp_path / "whole"))
    assert read.get_index_to_token_vocabulary("tokens") == (
        vocabulary.get_index_to_token_vocabulary("tokens")
    )
    for name in ("labels.txt", "tokens.txt", "non_padded_namespaces.txt"):
        killed_at(name)
        folder = str(tmp_path / f"killed at {name}")
        with pytest.raises(Killed):
            vocabulary.save_to_files(folder)
        with pytest.raises(FileNotFoundError):
            Vocabulary.from_files(folder)


@pytest.mark.parametrize("recover", [True, False])
def test_a_run_killed_before_its_configuration_begins(tmp_path, recover):
    (tmp_path / KILLED).write_text('{"half')
    training_util.create_serialization_dir(Params(CONFIG), str(tmp_path), recover, False)
    assert os.listdir(tmp_path) == []


def test_what_is_no_run_is_refused_as_before(tmp_path):
    with pytest.raises(ConfigurationError, match="does not exist"):
        training_util.create_serialization_dir(Params(CONFIG), tmp_path / "missing", True, False)
    (tmp_path / "mine.txt").write_text("mine")
    for recover, message in ((True, "wrong directory"), (False, "not empty")):
        with pytest.raises(ConfigurationError, match=message):
            training_util.create_serialization_dir(Params(CONFIG), tmp_path, recover, False)
    Params(CONFIG).to_file(str(tmp_path / "config.json"))
    (tmp_path / ".best.th.half").touch()
    other = Params({"trainer": {"num_epochs": 2}})
    with pytest.raises(ConfigurationError, match="does not match"):
        training_util.create_serialization_dir(other, tmp_path, True, False)
    assert (tmp_path / "mine.txt").exists()


def test_what_killed_runs_were_writing_is_removed(tmp_path):
    Params(CONFIG).to_file(str(tmp_path / "config.json"))
    (tmp_path / KILLED).write_text('{"half')
    training_util.create_serialization_dir(Params(CONFIG), tmp_path, True, False)
    assert unfinished_writes(tmp_path / "config.json") == 0
    assert os.listdir(tmp_path) == ["config.json"]


@pytest.mark.parametrize("has_config", [True, False])
def test_a_distributed_run_killed_before_its_vocabulary_goes_on(tmp_path, has_config):
    config = tiny_config("cross_shared", tmp_path / "data")
    config["distributed"] = {"cuda_devices": [-1, -1]}
    (tmp_path / "run").mkdir()
    if has_config:
        Params(json.loads(json.dumps(config))).to_file(tmp_path / "run" / "config.json")
        (tmp_path / "run" / "vocabulary").mkdir()
        (tmp_path / "run" / "vocabulary" / "labels.txt").write_text("half")
    else:
        (tmp_path / "run" / KILLED).write_text('{"half')
    params = Params(json.loads(json.dumps(config)))
    training_util.create_serialization_dir(params, tmp_path / "run", True, False)
    read = Vocabulary.from_files(str(tmp_path / "run" / "vocabulary"))
    assert read.get_vocab_size("labels") > 4 and read.get_vocab_size("target_tokens") > 100
    assert params.as_dict(quiet=True) == config


def test_a_run_killed_before_its_first_checkpoint_goes_on(tmp_path):
    config = tiny_config("cross_shared", tmp_path / "data")
    config["trainer"]["callbacks"] = {"exact_recovery": {}}
    config["trainer"]["num_epochs"] = 1
    (tmp_path / "run").mkdir()
    train(config, tmp_path / "run", recover=True)
    whole = (tmp_path / "run" / "model.tar.gz").read_bytes()
    for name in os.listdir(tmp_path / "run"):
        if name != "config.json":
            path = tmp_path / "run" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (tmp_path / "run" / "vocabulary").mkdir()
    (tmp_path / "run" / "vocabulary" / "labels.txt").write_text("half")
    train(config, tmp_path / "run", recover=True)
    assert (tmp_path / "run" / "model.tar.gz").read_bytes() == whole
