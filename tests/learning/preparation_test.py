"""What of the user's sentences is trained on, and what is held out."""

import json
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from tests.learning.users_files import write_files
from xner_allennlp.data import read_conll_file
from xner_allennlp.learning import RECIPES, Request
from xner_allennlp.learning.preparation import prepare


def _types(path: str) -> set:
    sentences = read_conll_file(path).sentences
    return {tag[2:] for each in sentences for tag in each.tags or () if tag != "O"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [40, 1000])
def test_every_type_is_trained_on(tmp_path: Path, seed: int, most: int) -> None:
    """Also one that a single sentence has, which chance may hold out or leave out."""
    files = write_files(tmp_path)
    corpus = Path(files["source_corpus"])
    rare = [f"Anna O\nnumber {number} O\nX{number} B-T{number}\n\n" for number in range(20)]
    corpus.write_text(corpus.read_text("utf-8") + "".join(rare).replace("number ", "n"), "utf-8")
    recipe = RECIPES["quick"]._replace(source_sentences=most)
    data = prepare(Request(files, "en_nl", seed=seed), recipe, str(tmp_path / "data"))
    paths = data["files"]["source"]
    assert _types(paths["train"]) == set(data["types"]) == _types(str(corpus))
    assert _types(paths["dev"]) <= set(data["types"])
    counts = [len(read_conll_file(paths[split]).sentences) for split in ("train", "dev")]
    # No sentence is in both.
    assert sum(counts) <= 140 and counts[0] == data["sentences"]
    assert f"{counts[1]} of them are held out" in json.dumps(data["said"])


def test_too_few_sentences_to_hold_any_out(tmp_path: Path) -> None:
    files = write_files(tmp_path)
    Path(files["source_corpus"]).write_text("Anna B-PER\nx O\n\nBonn B-LOC\nx O\n", "utf-8")
    with pytest.raises(ConfigurationError, match="none can be held out to choose the"):
        prepare(Request(files, "en_nl"), RECIPES["quick"], str(tmp_path / "data"))


def test_sentences_that_training_would_drop_are_told(tmp_path: Path) -> None:
    files = write_files(tmp_path)
    corpus = Path(files["source_corpus"])
    long = "Anna B-PER\n" * 251 + "\n"
    corpus.write_text(corpus.read_text("utf-8") + "\n" + long * 3, "utf-8")
    recipe = RECIPES["quick"]._replace(source_sentences=1000)
    data = prepare(Request(files, "en_nl"), recipe, str(tmp_path / "data"))
    paths = data["files"]["source"]
    counts = [len(read_conll_file(paths[split]).sentences) for split in ("train", "dev")]
    assert sum(counts) == 120 and counts[0] == data["sentences"]
    assert "(left out: 3 longer than 250 words)" in json.dumps(data["said"])
    corpus.write_text(long * 3, "utf-8")
    with pytest.raises(ConfigurationError, match="en.conll: every sentence has more than 250 word"):
        prepare(Request(files, "en_nl"), recipe, str(tmp_path / "data"))


@pytest.mark.parametrize("seed", [-1, 5_000_000_000])
def test_seeds_that_a_later_step_would_refuse(tmp_path: Path, seed: int) -> None:
    with pytest.raises(ConfigurationError, match=f"--seed is {seed}; give a number from 0 to"):
        Request(write_files(tmp_path), "en_nl", seed=seed)
