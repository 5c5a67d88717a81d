"""Words to pieces, beside the tokenizer of transformers."""

import json
import logging

import pytest
from transformers import AutoTokenizer

from tests.predictors.odd_sentences_test import SENTENCES
from tests.pretrained.encoders import TOY_ENCODER, changed_encoder
from xner_allennlp.common.errors import InputError
from xner_allennlp.data import UnicodeWordsTokenizer
from xner_allennlp.pretrained import EncoderDescription, WordPieces


@pytest.fixture(scope="module")
def pieces():
    return WordPieces(EncoderDescription.read(TOY_ENCODER).tokenizer)


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
def test_as_transformers_reads_the_sentence(pieces, text):
    words = [token.text for token in UnicodeWordsTokenizer().tokenize(text)]
    tokenizer = AutoTokenizer.from_pretrained(str(TOY_ENCODER))
    theirs = tokenizer(words, is_split_into_words=True, truncation=False)
    if not words:
        return
    assert theirs["input_ids"][:1] == pieces.before and theirs["input_ids"][-1:] == pieces.after
    for number, word in enumerate(words):
        of_word = [
            piece for piece, place in zip(theirs["input_ids"], theirs.word_ids()) if place == number
        ]
        assert pieces.of_word(word) == (of_word or [1])


def test_words_without_a_piece_are_counted(caplog):
    pieces = WordPieces(EncoderDescription.read(TOY_ENCODER).tokenizer)
    with caplog.at_level(logging.WARNING):
        for number in range(1, 12):
            assert pieces.of_word("\x01" * number) == [1]
    assert pieces.repaired == 11
    assert [record.getMessage()[:40] for record in caplog.records] == [
        "1 different words so far have no piece, ",
        "10 different words so far have no piece,",
    ]


def test_what_the_installed_tokenizers_cannot_read(tmp_path):
    folder = changed_encoder(
        tmp_path / "encoder", "tokenizer.json", lambda c: c["model"].update(type="NextYears")
    )
    content = json.loads((tmp_path / "encoder" / "tokenizer.json").read_text("utf-8"))
    with pytest.raises(InputError, match="which a later version of it may have written"):
        WordPieces(content)
    assert folder
