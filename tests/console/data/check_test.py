import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def data(toy: Path, tmp_path: Path) -> Path:
    """The toy world as a data folder of two languages."""
    for language, side in (("en", "source"), ("nl", "target")):
        for split in ("train", "testa", "testb"):
            folder = tmp_path / "data" / "ner" / language
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(toy / "ner" / f"{side}.{split}", folder / f"{language}.{split}")
        (tmp_path / "data" / "vectors").mkdir(exist_ok=True)
        vectors = (toy / "vectors" / f"{side}.vec").read_bytes()
        path = tmp_path / "data" / "vectors" / f"{language}.vec.gz"
        path.write_bytes(gzip.compress(vectors, 1))
    return tmp_path / "data"


def test_folder(run: Any, data: Path, tmp_path: Path) -> None:
    done = run("check", data, "-o", tmp_path / "check.json")
    assert done.status == 0
    assert "nl.testa" in done.out and "(Table 1: 14041)" in done.out
    assert "tokens in entities that have a vector: " in done.out
    written = json.loads((tmp_path / "check.json").read_text("utf-8"))
    assert [language["language"] for language in written["languages"]] == ["en", "nl"]
    assert written["languages"][0]["vectors"]["path"].endswith("en.vec.gz")
    assert written["usable"] is True


def test_no_input_is_overwritten(run: Any, data: Path) -> None:
    corpus = data / "ner" / "nl" / "nl.testa"
    before = corpus.read_bytes()
    done = run("check", corpus, "-o", corpus, "--force", "--no-vectors")
    assert done.status == 2 and "is what is read" in done.err
    assert corpus.read_bytes() == before


def test_languages_and_no_vectors(run: Any, data: Path) -> None:
    done = run("check", data, "--languages", "nl", "--no-vectors")
    assert done.status == 0
    assert "nl.testa" in done.out and "en.testa" not in done.out
    assert "have a vector" not in done.out
    assert done.out.splitlines()[-1].startswith("3 files, 0 errors")


def test_language_that_is_not_there(run: Any, data: Path) -> None:
    done = run("check", data, "--languages", "nl", "es")
    assert done.status == 3
    assert "es.train: no such file" in "".join(done.out.split("\n     "))


def test_no_labelled_target_sentences(run: Any, data: Path) -> None:
    for split in ("testa", "testb"):
        (data / f"ner/nl/nl.{split}").unlink()
    done = run("check", data, "--languages", "en", "nl", "--no-vectors")
    assert done.status == 0
    assert "leave it out of validation_data_path" in done.out


def test_files(run: Any, data: Path, tmp_path: Path) -> None:
    names = [data / "ner/nl/nl.testa", data / "ner/nl/nl.testb"]
    done = run("check", *names, "--vectors", data / "vectors/nl.vec.gz")
    assert done.status == 0
    assert "nl\n" in done.out and "(Table 1: 2821)" in done.out
    assert "nl.vec.gz: " in done.out
    done = run("check", *names, "--languages", "xx")
    assert done.out.startswith("xx\n") and "Table 1" not in done.out


def test_broken_file(run: Any, data: Path, tmp_path: Path) -> None:
    path = data / "ner/nl/nl.testa"
    path.write_text(path.read_text("utf-8").replace(" O\n", "\n", 1), "utf-8")
    done = run("check", data, "--no-vectors", "-o", tmp_path / "check.json")
    assert done.status == 3
    assert "error: line " in done.out and "with another number of columns" in done.out
    assert done.out.splitlines()[-1].endswith("not usable before the errors are mended")
    assert json.loads((tmp_path / "check.json").read_text("utf-8"))["usable"] is False


def test_json_is_not_overwritten(run: Any, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "check.json"
    path.write_text("precious")
    arguments = ["check", data, "--languages", "nl", "--no-vectors", "-o", path]
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Give --force" in done.err and path.read_text() == "precious"
    assert run(*arguments, "--force").status == 0
    assert json.loads(path.read_text("utf-8"))["usable"] is True


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["{data}", "{data}/ner/nl/nl.testa"], "is a folder. Give one folder, or files."),
        (["{data}", "--vectors", "x.vec"], "but several are checked. Give --languages."),
        (["{data}/ner/nl/nl.testa", "--languages", "nl", "en"], "Files are of one language."),
        (["{data}/vectors"], "no corpus in it"),
    ],
)
def test_wrong_arguments(run: Any, data: Path, argv: Any, message: str) -> None:
    done = run("check", *[argument.format(data=data) for argument in argv])
    assert done.status == 2
    assert message in done.err and len(done.err.splitlines()) == 1


def test_process(data: Path) -> None:
    start = "import sys; from xner_allennlp.console.data import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", start, "check", "ner/nl/nl.testa", "gone.train"],
        cwd=data,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "gone.train: no such file" in done.stdout
    assert "Traceback" not in done.stderr
