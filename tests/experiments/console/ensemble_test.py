"""The scores of one tagger and of two together."""

import json
from typing import Any

from tests.tiny_runs import train_teachers
from xner_allennlp.data import ConllNerReader


def test_ensemble(run: Any, tmp_path: Any) -> None:
    teachers = train_teachers(tmp_path)
    file = tmp_path / "data" / "target.testb"
    alone = run("ensemble", teachers[0], "--file", file)
    together = run("ensemble", *teachers, "--file", file)
    assert alone.status == together.status == 0
    assert alone.out != together.out
    support = sum(
        tag[0] in "BU"
        for instance in ConllNerReader(language="target").read(file)
        for tag in instance["tags"].labels
    )
    (line,) = [line for line in alone.out.splitlines() if line.startswith("| all")]
    row = [cell.strip() for cell in line.split("|")]
    assert int(row[5]) == support
    assert float(row[4]) > 20

    # Gold is read by the first archive's reader.
    folder = tmp_path / "cross_shared"
    config = json.loads((folder / "config.json").read_text())
    config["validation_dataset_reader"]["type_map"] = {"*": "O"}
    (folder / "config.json").write_text(json.dumps(config))
    nothing = run("ensemble", folder, "--file", file)
    (line,) = [line for line in nothing.out.splitlines() if line.startswith("| all")]
    assert line.split("|")[5].strip() == "0"


def test_a_file_that_is_not_there(run: Any, tmp_path: Any) -> None:
    done = run("ensemble", tmp_path / "model.tar.gz", "--file", tmp_path / "file")
    assert done.status == 1 and "model.tar.gz" in done.err
