"""`allennlp tagged-page`, through AllenNLP's command line."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from tests.experiments.trained_run import TARGET_CORPUS, train_run
from xner_allennlp.commands.tagged_page import tagged_page
from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.predictors import NerTaggerPredictor
from xner_allennlp.spans import EntitySpan, entity_spans


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_run(tmp_path_factory.mktemp("trained"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["allennlp", "tagged-page", *map(str, arguments)])
    main()


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> str:
    """What the user is told, the last line."""
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_page(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "page.html"
    arguments = [trained / "model.tar.gz", TARGET_CORPUS, "-o", page]
    run(monkeypatch, *arguments)
    html = page.read_text(encoding="utf-8")
    assert html.count("<article") == 250
    assert 0 < html.count('<article class="errors"') < 251
    assert str(trained / "model.tar.gz") in html

    # A second page is not written over it unless that is said.
    assert "Give --force" in refused(monkeypatch, capsys, *arguments, "--number", 3)
    weights = trained / "best_target_f1.th"
    options = ["--force", "-n", 3, "--only-errors", "--weights-file", weights]
    run(monkeypatch, *arguments, *options)
    copy = shutil.copy(weights, tmp_path / "weights.th")
    options[-1] = copy
    assert "is what is read" in refused(monkeypatch, capsys, *arguments[:-1], copy, *options)
    html = page.read_text(encoding="utf-8")
    assert html.count("<article") == html.count('<article class="errors"') == 3
    assert str(weights) in html


def test_shows_what_the_predictor_says(trained: Path, tmp_path: Path) -> None:
    archive = str(trained / "model.tar.gz")
    judged = tagged_page(archive, str(TARGET_CORPUS), str(tmp_path / "page.html"))
    file = read_conll_file(TARGET_CORPUS)
    predictor = NerTaggerPredictor.from_path(archive, "ner_tagger")
    assert len(judged) == len(file.sentences) > 64  # more than a batch
    for number, (sentence, found) in enumerate(zip(file.sentences, judged), start=1):
        assert found.number == number and found.words == sentence.words
        assert [each.span for each in found.gold] == entity_spans(sentence.tags or [])
    for number in (0, 70, len(judged) - 1):
        entities = predictor.predict_json({"tokens": judged[number].words})["entities"]
        assert [
            (each.span.type, each.span.start, each.span.end - 1)
            for each in judged[number].predicted
        ] == [(each["type"], each["first_token"], each["last_token"]) for each in entities]
        assert [each.probability for each in judged[number].predicted] == pytest.approx(
            [each["probability"] for each in entities], abs=1e-5
        )
    assert sum(sentence.errors for sentence in judged) > 0


def test_gold_is_read_as_evaluate_reads_it(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    options = {"encoding": "latin-1", "docstart": "sentence", "tag_column": 1}
    config["validation_dataset_reader"].update(options, type_map={"city": "LOC", "*deriv": "O"})
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    file = tmp_path / "nl.testb"
    file.write_bytes(
        "-DOCSTART- O x\nglued O x\n\nOrdu\xf1a B-city x\nmo B-LOCderiv x\n".encode("l1")
    )
    [judged] = tagged_page(str(tmp_path / "run"), str(file), str(tmp_path / "page.html"))
    assert judged.words == ["Ordu\xf1a", "mo"]
    assert [each.span for each in judged.gold] == [EntitySpan("LOC", 0, 1)]


def test_bad_input(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page, archive = tmp_path / "page.html", trained / "model.tar.gz"
    raw = tmp_path / "raw.txt"
    raw.write_text("only\nwords\n")
    with pytest.raises(ConfigurationError, match="raw.txt: .* no gold tags"):
        tagged_page(str(archive), str(raw), str(page))
    for model, corpus, message in (
        (archive, raw, "raw.txt: this file has no tags"),
        (tmp_path / "gone.tar.gz", TARGET_CORPUS, "gone.tar.gz"),
        (archive, tmp_path / "gone.testb", "gone.testb"),
    ):
        assert message in refused(monkeypatch, capsys, model, corpus, "-o", page)
    for wrong in ([archive, TARGET_CORPUS], [archive, TARGET_CORPUS, "-o", page, "-n", 0]):
        with pytest.raises(SystemExit):
            run(monkeypatch, *wrong)
    assert not page.exists()
