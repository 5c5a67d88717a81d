"""A translated corpus as a file of its own."""

import json
from pathlib import Path
from typing import Any

from tests.tiny_runs import ROOT, first_sentences
from xner_allennlp.data import ConllNerReader

TOY = ROOT / "fixtures" / "toy"


def test_a_corpus_is_translated(run: Any, tmp_path: Path) -> None:
    corpus, out = tmp_path / "en.train", tmp_path / "nl.train"
    corpus.write_text(first_sentences(TOY / "ner" / "source.train", 20), encoding="utf-8")
    vectors = ["--source-vectors", TOY / "vectors" / "source.vec"]
    vectors += ["--target-vectors", TOY / "vectors" / "target.vec"]
    command = ["translate", TOY / "mapping.npz", corpus, out, *vectors]
    done = run(*command)
    assert (done.status, done.out) == (0, f"{out}: 20 sentences\n")
    before = [line.split(" ") for line in corpus.read_text("utf-8").strip().split("\n")]
    after = [line.split(" ") for line in out.read_text("utf-8").strip().split("\n")]
    # Each word keeps its tag, and most are other words.
    assert [row[1:] for row in before] == [row[1:] for row in after]
    assert sum(old != new for old, new in zip(before, after)) > len(before) / 3
    reader = ConllNerReader(language="target", tag_scheme="BIO", require_tags=True)
    sentences = list(reader.read(str(out)))
    assert len(sentences) == 20

    refused = run(*command, "--format", "jsonl")
    assert refused.status == 2 and "exists already" in refused.err
    assert run(*command, "--format", "jsonl", "--force").status == 0
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["tokens"] for line in lines] == [each["metadata"]["words"] for each in sentences]
    assert [line["ner_tags"] for line in lines] == [each["tags"].labels for each in sentences]

    before_force = corpus.read_bytes()
    onto_itself = run(*command[:3], corpus, *vectors, "--force")
    assert onto_itself.status == 2 and "is what is read" in onto_itself.err
    assert corpus.read_bytes() == before_force

    copied = run(*command, "--copy", "PER", "LOC", "ORG", "MISC", "--force")
    assert copied.status == 0
    kept = [line.split(" ") for line in out.read_text("utf-8").strip().split("\n")]
    assert [row[0] for row in kept if row[-1] != "O"] == [
        row[0] for row in before if row[-1] != "O"
    ]


def test_files_that_are_wrong_are_named(run: Any, tmp_path: Path) -> None:
    done = run(
        *("translate", tmp_path / "no.npz", TOY / "ner" / "source.testa", tmp_path / "out"),
        *("--source-vectors", TOY / "vectors" / "source.vec"),
        *("--target-vectors", TOY / "vectors" / "target.vec"),
    )
    assert done.status == 2 and "no.npz" in done.err and not (tmp_path / "out").exists()
