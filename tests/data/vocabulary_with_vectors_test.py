import gzip
from pathlib import Path

import numpy as np
import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.fields import TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer

from tests.vectors.saved_vectors import save_vectors
from xner_allennlp.data import VocabularyWithVectors

WORDS = ["de", "Jan", "huis", "été", "zee"]
MATRIX = np.arange(1, 16, dtype=np.float32).reshape(5, 3)


def instances() -> "list[Instance]":
    indexers = {"tokens": SingleIdTokenIndexer(namespace="target_tokens")}
    words = ["Jan", "woont", "in", "de", "stad", "Jan"]
    return [Instance({"tokens": TextField([Token(word) for word in words], indexers)})]


def make(path: Path, number: int, name: str = "from_instances_and_vectors") -> Vocabulary:
    params = Params(
        {
            "type": name,
            "pretrained_files": {"target_tokens": str(path)},
            "min_pretrained_embeddings": {"target_tokens": number},
        }
    )
    return Vocabulary.from_params(params, instances=instances())


@pytest.mark.parametrize("number", [3, 5, -1])
def test_is_that_of_allennlp(tmp_path: Path, number: int) -> None:
    path = save_vectors(tmp_path / "v.vec", WORDS, MATRIX)
    assert make(path, number).get_token_to_index_vocabulary("target_tokens") == make(
        path, number, "from_instances"
    ).get_token_to_index_vocabulary("target_tokens")


@pytest.mark.parametrize("name", ["v.vec.gz", "v.npz", "v.npy", "v.bin"])
def test_reads_every_format(tmp_path: Path, name: str) -> None:
    vocabulary = make(save_vectors(tmp_path / name, WORDS, MATRIX), 4)
    known = vocabulary.get_token_to_index_vocabulary("target_tokens")
    assert list(known)[2:] == ["Jan", "woont", "in", "de", "stad", "huis", "été"]


def test_a_plain_file_named_gz_and_a_word_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "v.vec.gz"
    path.write_bytes(b"3 2\nde 1 2\n\xff\xfe 1 2\nzee 1 2\n")
    known = make(path, 3).get_token_to_index_vocabulary("target_tokens")
    assert list(known)[-1] == "zee"


@pytest.mark.parametrize(
    "data, message",
    [
        (
            gzip.compress(b"2 2\na 1 2\nb 3 4\n" * 50, mtime=0)[:-20],
            "damaged or cut short after line",
        ),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"a 1 2\nb 3\n", "line 2: a word and 1 numbers"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "v.vec.gz"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=f"v.vec.gz.*{message}"):
        make(path, 2)


def test_is_loaded_again(tmp_path: Path) -> None:
    vocabulary = make(save_vectors(tmp_path / "v.vec", WORDS, MATRIX), 5)
    vocabulary.save_to_files(tmp_path / "vocabulary")
    again = type(vocabulary).from_files(tmp_path / "vocabulary")
    assert again.get_index_to_token_vocabulary(
        "target_tokens"
    ) == vocabulary.get_index_to_token_vocabulary("target_tokens")


def test_both_settings_are_of_the_same_namespaces(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "v.vec", WORDS, MATRIX)
    with pytest.raises(ConfigurationError, match="are of target_tokens, its .* of target_token: "):
        VocabularyWithVectors.from_instances_and_vectors(
            instances(), {"target_tokens": str(path)}, {"target_token": 3}
        )
