"""The card of a tagger, of runs of every kind."""

import hashlib
import json

import pytest
import yaml

from xner_allennlp.common.archives.card import card_of_run
from xner_allennlp.console.tagger import main

METRICS = {
    "best_epoch": 3,
    "best_target_f1_epoch": 1,
    "best_validation_source_precision": 0.5,
    "best_validation_source_recall": 0.25,
    "best_validation_source_f1": 1 / 3,
    "test_target_f1": 0.6789,
    "test_target_f1_PER": 1.0,
    "validation_loss": 2.0,
}


@pytest.fixture
def run(tmp_path):
    files = {}
    for name in ("en.train", "nl.train", "nl.testb", "en.vec", "nl.vec"):
        (tmp_path / name).write_text(name)
        files[name] = str(tmp_path / name)
    mapping = tmp_path / "mapping"
    mapping.mkdir()
    verdict = {"verdict": {"summary": "works (0.5 of 9)"}, "preset": "robust"}
    precision = {"source_to_target": {"csls_precision_at_1": 0.25}}
    (mapping / "metrics.json").write_text(json.dumps({**verdict, "precision": precision}))
    folder = tmp_path / "run"
    (folder / "vocabulary").mkdir(parents=True)
    (folder / "vocabulary" / "labels.txt").write_text("O\nB-PER\nU-LOC\n")
    (folder / "meta.json").write_text('{"version": "2.10.1"}')
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    embedder = {"mapping_file": str(mapping / "mapping.npz")}
    config = {
        "train_data_path": {"source": files["en.train"], "target": files["nl.train"]},
        "validation_data_path": {"source": "https://ann:secret@host.org/en.testa?token=secret"},
        "test_data_path": {"target": files["nl.testb"]},
        "model": {
            "type": "cross_lingual_crf_tagger",
            "word_embedders": {
                side: {**embedder, "pretrained_file": files[f"{code}.vec"]}
                for side, code in (("source", "en"), ("target", "nl"))
            },
        },
        "trainer": {"validation_metric": "+source_f1"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_it_says_all(run):
    card = card_of_run(str(run))
    _, head, text = card.split("---\n", 2)
    fields = yaml.safe_load(head)
    assert fields["language"] == ["nl"] and fields["license_name"] == "to be filled in"
    [result] = fields["model-index"][0]["results"]
    assert result["dataset"]["name"] == "nl.testb"
    assert result["metrics"] == [{"type": "f1", "value": 0.6789}]
    assert "It finds: LOC, PER." in text
    assert "source development set, without any label" in text and "after validation 4" in text
    assert "| source, development | all | 50.00 | 25.00 | 33.33 |" in text
    assert "| target, test | PER |" in text
    assert "Preset `robust`" in text and "The verdict: works (0.5 of 9)." in text
    assert "source_to_target: 25.0 %" in text
    checksum = hashlib.sha256(b"nl.train").hexdigest()
    assert f"| target, train | nl.train | `{checksum}` |" in text
    assert "| source, development | en.testa | not at hand |" in text
    assert str(run.parent) not in card and "secret" not in card


def test_other_weights_have_no_scores_of_the_best(run):
    card = card_of_run(str(run), "best_target_f1.th")
    assert "needs labels of the target language, after validation 2" in card
    assert "Not known." in card and "model-index" not in card
    assert "By the file `mean.th`." in card_of_run(str(run), "mean.th")


def test_a_mean_of_epochs_was_not_chosen(run):
    (run / "metrics.json").write_text(json.dumps({**METRICS, "averaged_epochs": 3}))
    card = card_of_run(str(run))
    assert "the mean of those at the last 3 validations" in card and "after validation" not in card
    # Those are of the epoch that training chose.
    assert "development |" not in card.split("## Scores")[1].split("##")[0]
    assert "| target, test | all |" in card
    assert "after validation 2" in card_of_run(str(run), "best_target_f1.th")


def test_a_run_of_little_has_a_card(run):
    (run / "config.json").write_text("{}")
    (run / "metrics.json").unlink()
    (run / "vocabulary" / "labels.txt").unlink()
    card = card_of_run(str(run))
    assert "Training was interrupted" in card and "language" not in yaml.safe_load(
        card[4:].split("---")[0]
    )


def test_what_the_user_has_written_stays(run):
    card = card_of_run(str(run))
    (run / "README.md").write_text(card.replace('"to be filled in"', '"CC0"'), encoding="utf-8")
    assert card_of_run(str(run)) == card
    lines = card.replace('"to be filled in"', '"CC0"').split("\n")
    edited = "\n".join(line for line in lines if "Remove this line" not in line)
    (run / "README.md").write_text(edited, encoding="utf-8")
    assert card_of_run(str(run)) == edited


def test_the_command_prints_it_or_says_why_not(run, tmp_path, capsys):
    (run / "README.md").write_text("the card\n")
    assert main(["card", str(run)]) == 0
    assert capsys.readouterr().out == "the card\n"
    for path, message in (
        (tmp_path / "mapping", "there is no README.md in it"),
        (tmp_path / "nowhere", "no such file or folder, so there is no README.md in it"),
        (tmp_path / "nl.vec", "cannot be read as an archive"),
    ):
        assert main(["card", str(path)]) == 2
        assert message in capsys.readouterr().err
