import json
from dataclasses import replace
from typing import Any

import pytest

from xner_allennlp.mapping import evaluate_mapping
from xner_allennlp.mapping.retrieval.search import TranslationSearch


@pytest.fixture
def files(world: Any) -> "dict[str, str]":
    pairs = [f"s{row} t{row}" for row in range(50, 80)] + ["s50 unknown", "unknown t50", "s51 t52"]
    (world.folder / "dictionary.txt").write_text("\n".join(pairs) + "\n")
    # The first three in the order of their cosines, the word itself first.
    judged = ["s50\tt50\t4", "s50\tnowhere\t3", "# a comment", "s51\tt51\t3.9", "s52\tt60\t0"]
    (world.folder / "similarity.tsv").write_text("\n".join(judged) + "\n")
    return {
        "--dictionary": str(world.folder / "dictionary.txt"),
        "--word-similarity": str(world.folder / "similarity.tsv"),
    }


def test_json(run: Any, world: Any, files: Any) -> None:
    options = [text for pair in files.items() for text in pair]
    done = run("evaluate", *world.files, *options, "--json")
    assert done.status == 0
    measures = json.loads(done.out)
    pairs = [tuple(line.split()) for line in open(files["--dictionary"])]
    expected = evaluate_mapping(world.mapping, world.source, world.target, pairs)
    assert measures["precision"] == expected
    assert measures["precision"]["source_to_target"]["words"] == 30
    assert measures["precision"]["source_to_target"]["nn_precision_at_1"] == 1
    criterion = TranslationSearch(world.source.matrix, world.target.matrix).criterion(
        world.mapping.W
    )
    assert measures["mean_csls_cosine"] == pytest.approx(criterion, abs=1e-6)
    assert measures["isometry"]["max_deviation"] < 1e-6
    assert measures["domain_accuracy"] < 0.6
    assert measures["verdict"]["statement"] == "works"
    assert measures["verdict"]["dictionary"]["words"] == 30
    assert measures["word_similarity"]["pairs"] == 3
    assert measures["word_similarity"]["coverage"] == pytest.approx(3 / 4)
    assert measures["word_similarity"]["spearman"] >= 0.5
    assert measures["source_words"] == 120


@pytest.mark.parametrize("held_out", [{"words": 10}, None])  # none of fewer than 50
def test_the_verdict_of_a_mapping_that_has_learned_from_a_dictionary(
    run: Any, world: Any, files: Any, held_out: Any
) -> None:
    learned = {"statement": "doubtful", "summary": "doubtful (of learning)", "dictionary": held_out}
    provenance = {"method": "dictionary", "verdict": learned}
    replace(world.mapping, provenance=provenance).save(world.folder / "learned.npz")
    arguments = [str(world.folder / "learned.npz"), *world.files[1:]]
    done = run("evaluate", *arguments, "--dictionary", files["--dictionary"], "--json")
    assert json.loads(done.out)["verdict"] == learned


@pytest.mark.parametrize(
    "method, by_dictionary, by_words_alike",
    [
        ("dictionary", False, False),
        ("identical_strings", True, False),
        ("transport", True, True),
        ("of another package", True, True),
    ],
)
def test_the_verdict_is_by_words_that_were_not_learned_from(
    run: Any, world: Any, files: Any, method: str, by_dictionary: bool, by_words_alike: bool
) -> None:
    provenance = {"method": method}  # and no verdict
    replace(world.mapping, provenance=provenance).save(world.folder / "learned.npz")
    arguments = [str(world.folder / "learned.npz"), *world.files[1:]]
    done = run("evaluate", *arguments, "--dictionary", files["--dictionary"], "--json")
    verdict = json.loads(done.out)["verdict"]
    assert (verdict["dictionary"] is not None) == by_dictionary
    assert (verdict["alike"] is not None) == by_words_alike


def test_criterion_is_that_of_the_mapped_language(run: Any, world: Any) -> None:
    from xner_allennlp.mapping import Mapping

    # Most source words have no translation, all target words have one.
    path = world.folder / "few.vec"
    path.write_text("\n".join((world.folder / "t.vec").read_text().split("\n")[1:31]))
    mapping = Mapping(world.mapping.W.T, "target_to_source")
    mapping.save(world.folder / "backward.npz")
    files = [str(world.folder / "backward.npz"), *world.files[1:4], str(path)]
    done = run("evaluate", *files, "--json")
    assert json.loads(done.out)["mean_csls_cosine"] > 0.95


def test_a_dictionary_of_the_other_direction(run: Any, world: Any) -> None:
    path = world.folder / "swapped.txt"
    path.write_text("t50 s50\nt51 s51\n")
    done = run("evaluate", *world.files, "--dictionary", str(path))
    assert done.status == 2 and "of 2 if the words are swapped" in done.err


def test_table(run: Any, world: Any, files: Any) -> None:
    options = [text for pair in files.items() for text in pair]
    lines = run("evaluate", *world.files, *options).out.splitlines()
    assert lines[0].split() == ["words", "120", "source,", "120", "target"]
    assert any(line.startswith("mean CSLS cosine    1.0000") for line in lines)
    assert any(line.startswith("domain accuracy") for line in lines)
    row = next(line for line in lines if line.startswith("source to target    nn"))
    assert row.split() == [
        "source",
        "to",
        "target",
        "nn",
        "100.00",
        "100.00",
        "100.00",
        "30",
        "96.8%",
    ]
    assert sum(" csls " in line for line in lines) == 2


def test_without_files(run: Any, world: Any) -> None:
    done = run("evaluate", *world.files, "--json")
    assert set(json.loads(done.out)) == {
        "source_words",
        "target_words",
        "verdict",
        "mean_csls_cosine",
        "domain_accuracy",
        "isometry",
    }


def test_dictionary_of_unknown_words(run: Any, world: Any) -> None:
    (world.folder / "dictionary.txt").write_text("a b\n")
    (world.folder / "similarity.txt").write_text("a b 3\n")
    options = ["--dictionary", world.folder / "dictionary.txt"]
    options += ["--word-similarity", world.folder / "similarity.txt"]
    done = run("evaluate", *world.files, *options)
    assert done.status == 0
    assert "Spearman undefined on 0 pairs (0.0% of the file)" in done.out


@pytest.mark.parametrize("option", ["--dictionary", "--word-similarity"])
def test_broken_files_are_told_before_the_work(run: Any, world: Any, option: str) -> None:
    (world.folder / "bad.txt").write_text("one\n")
    # The vectors are not even looked for.
    files = [*world.files[:-1], "none.vec"]
    done = run("evaluate", *files, option, world.folder / "bad.txt")
    assert done.status == 2
    assert "bad.txt, line 1" in done.err.splitlines()[-1]
