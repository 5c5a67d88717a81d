"""What cannot be exported is said; exported options have the same effect."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.tagger.texts import texts
from tests.tagger.untrained import untrained
from xner_allennlp import Tagger
from xner_allennlp.common.errors import InputError
from xner_allennlp.tagger.archived import ArchivedTagger


def tagger_of(tmp_path: Path, change: Callable[[Any], None]) -> Tagger:
    return Tagger(ArchivedTagger(*untrained("cross_shared", tmp_path, change)))


def stock_encoder(config: Any) -> None:
    size = config["model"]["encoder"]["input_size"]
    config["model"]["encoder"] = {
        "type": "lstm",
        "input_size": size,
        "hidden_size": 8,
        "bidirectional": True,
    }


def readers(config: Any, **options: Any) -> None:
    for reader in ("dataset_reader", "validation_dataset_reader"):
        config[reader].update(deepcopy(options))


def indexers(word: Any, characters: Any) -> Any:
    return {
        "source_tokens": {"namespace": "source_tokens", **word},
        "target_tokens": {"namespace": "target_tokens", **word},
        "characters": {"type": "characters", "min_padding_length": 1, **characters},
    }


WORDS = {"type": "single_id_case_fallback"}


@pytest.mark.parametrize(
    "change, message",
    [
        (stock_encoder, "the encoder of this tagger, allennlp.* cannot be exported"),
        (
            lambda config: readers(config, tokenizer={"type": "whitespace"}),
            "tokenizer of this tagger, .*WhitespaceTokenizer",
        ),
        (
            lambda config: readers(
                config,
                token_indexers=indexers(WORDS, {"character_tokenizer": {"byte_encoding": "utf-8"}}),
            ),
            "character tokenizer of this tagger has the options byte_encoding",
        ),
    ],
)
def test_what_cannot_be_exported(tmp_path: Path, change: Any, message: str) -> None:
    tagger = tagger_of(tmp_path, change)
    tagger.tag(texts(3))
    with pytest.raises(InputError, match=message):
        tagger.export(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"tokenizer": {"type": "unicode_words", "split_elisions": True, "split_clitics": False}},
        {"normalization": "NFKD"},
        {"token_indexers": indexers({"type": "single_id", "lowercase_tokens": True}, {})},
        {"token_indexers": indexers({"type": "single_id"}, {})},
    ],
)
def test_options_go_with_it(tmp_path: Path, options: Any) -> None:
    tagger = tagger_of(tmp_path, lambda config: readers(config, **options))
    tagger.export(tmp_path / "folder")
    given = [*texts(20), "L'ÉTÉ de Jean’s été ﬁn. ABC l'Espagne D'Hondt", *map(str.upper, texts(5))]
    ours, theirs = tagger.tag(given), Tagger.load(tmp_path / "folder").tag(given)
    assert [[e[:4] for e in each] for each in ours] == [[e[:4] for e in each] for each in theirs]
    for each, other in zip(ours, theirs):
        assert [e.probability for e in each] == pytest.approx([e.probability for e in other])
