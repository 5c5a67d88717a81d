import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_runs import ROOT
from xner_allennlp.corpora import FORMATS

DUTCH = (
    "-DOCSTART- -DOCSTART- O\nDe Art O\nBelg N B-MISC\n\nPari\xebs N B-LOC\n\n"
    "-DOCSTART- -DOCSTART- O\nGent N B-LOC\n\n"
)


@pytest.fixture
def dutch(tmp_path: Path) -> Path:
    path = tmp_path / "ned.train"
    path.write_bytes(DUTCH.encode("latin-1"))
    return path


def test_both_conventions(run: Any, dutch: Path, tmp_path: Path) -> None:
    out = tmp_path / "nl.train"
    done = run("convert", "conll2002", dutch, out)
    assert done.status == 0
    assert done.out == (
        f"{out}: 3 sentences, 4 tokens, 3 entities (LOC 2, MISC 1); read as latin-1\n"
    )
    assert out.read_text("utf-8") == "De O\nBelg B-MISC\n\nPariës B-LOC\n\nGent B-LOC\n\n"
    done = run("convert", "conll2002", dutch, out, "--docstart", "sentence", "--force")
    assert "1 sentence, 1 token, 1 entity (LOC 1)" in done.out
    assert "2 sentences dropped with a -DOCSTART-" in done.out
    assert out.read_text("utf-8") == "Pariës B-LOC\n\n"
    # And what was converted is clean.
    assert run("check", out).status == 0


def test_nothing_is_overwritten_unless_forced(run: Any, dutch: Path, tmp_path: Path) -> None:
    out = tmp_path / "nl.train"
    out.write_text("precious")
    done = run("convert", "conll2002", dutch, out)
    assert done.status == 2
    assert "Give --force" in done.err
    assert out.read_text() == "precious"
    done = run("convert", "conll2002", dutch, dutch, "--force")
    assert done.status == 2
    assert "is what is read" in done.err
    assert dutch.read_bytes() == DUTCH.encode("latin-1")


def test_the_screen_gets_the_corpus_alone(dutch: Path, tmp_path: Path) -> None:
    program = (
        "from xner_allennlp.console.data import main; import sys; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, "convert", "conll2002", str(dutch)]
    assert subprocess.run([*command, str(tmp_path / "out")], cwd=ROOT).returncode == 0
    with (tmp_path / "screen").open("wb") as screen:
        done = subprocess.run(
            [*command, "/dev/stdout"], cwd=ROOT, stdout=screen, stderr=subprocess.PIPE
        )
    assert done.returncode == 0 and b"/dev/stdout: " in done.stderr
    assert (tmp_path / "screen").read_bytes() == (tmp_path / "out").read_bytes()


def test_renaming(run: Any, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a\tB-PRO\tO\nb\tI-GPE\tO\nc d\tO\tO\n")
    arguments = ["convert", "finer", tmp_path / "in", tmp_path / "out"]
    done = run(*arguments)
    assert done.status == 2
    assert "in, line 2: " in done.err and "--map GPE=MISC" in done.err
    done = run(*arguments, "--map", "GPE=LOC", "--map", "PRO=O")
    assert done.status == 0
    assert "tags renamed: GPE -> LOC (1), PRO -> O (1); tags brought to IOB2: 1; tokens with" in (
        done.out
    )
    assert (tmp_path / "out").read_text("utf-8") == "a O\nb B-LOC\nc\u00a0d O\n\n"


@pytest.mark.parametrize("value", ["PRO", "=MISC", "PRO="])
def test_wrong_renaming(run: Any, dutch: Path, value: str) -> None:
    done = run("convert", "finer", dutch, "out", "--map", value)
    assert done.status == 2
    assert "--map" in done.err


def test_usage_has_one_corpus(run: Any) -> None:
    # "[FORMAT] IN OUT [[FORMAT] IN OUT ...]" would be refused.
    usage = run("convert", "--help").out.split("\n\n")[0]
    assert usage.rstrip().endswith(" [FORMAT] IN OUT")


def test_help_describes_every_format(run: Any) -> None:
    text = " ".join(run("convert", "--help").out.split())
    for format_ in FORMATS.values():
        assert format_.corpora in text


def test_unknown_format_and_folder(run: Any, dutch: Path, tmp_path: Path) -> None:
    done = run("convert", "conll", dutch, tmp_path / "out")
    assert done.status == 2 and "no format 'conll'. Choose one of auto, conll2002" in done.err
    for arguments in ([dutch], ["conll2002", dutch, "a", "b"]):
        done = run("convert", *arguments)
        assert done.status == 2 and "Give FORMAT IN OUT" in done.err
    done = run("convert", "conll2002", dutch, tmp_path / "no" / "out")
    assert done.status == 2 and "there is no directory" in done.err


def test_a_dry_run_writes_nothing(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "de.tsv"
    source.write_text("#\thttp://x [1]\n1\tUni\tB-ORGpart\tB-LOC\n2\tABC\tI-ORGpart\tO\n")
    for arguments in ([], ["--from", "auto"], ["--from", "germeval"]):
        done = run("convert", *arguments, source, "--dry-run", "--map", "*part=O")
        assert done.status == 0
        assert "1 sentence, 2 tokens, 0 entities (none)" in done.out
        assert "comment lines: 1" in done.out and "ORGpart -> O (2)" in done.out
        assert done.out.endswith("; nothing written\n")
    done = run("convert", "germeval", source, tmp_path / "out", "--dry-run")
    assert "types beside PER, LOC, ORG, MISC: ORGpart" in done.out
    assert list(tmp_path.iterdir()) == [source]
    done = run("convert", source, "--dry-run", "--tag-column", "3")
    assert "1 entity (LOC 1)" in done.out


def test_numbers_in_json_need_names(run: Any, tmp_path: Path) -> None:
    source, out, names = tmp_path / "in.jsonl", tmp_path / "out", tmp_path / "label.json"
    source.write_text('{"tokens": ["Anna", "slept"], "ner_tags": [1, 0]}\n')
    names.write_text('{"O": 0, "B-PER": 1}')
    done = run("convert", source, out)
    assert (
        done.status == 2 and "line 1: the tag 1 is a number" in done.err and "--names" in done.err
    )
    for given in (["O", "B-PER"], [names]):
        assert run("convert", "--force", source, out, "--names", *given).status == 0
        assert out.read_text() == "Anna B-PER\nslept O\n\n"
    assert run("convert", source, out, "--force", "--names", "O").status == 2
    names.write_text('{"O": 0, "B-PER": 2}')
    done = run("convert", source, out, "--force", "--names", names)
    assert done.status == 2 and "no JSON list of tags" in done.err
