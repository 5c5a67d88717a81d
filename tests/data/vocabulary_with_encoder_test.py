"""The vocabulary that carries an encoder's architecture and tokenizer."""

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Token, TokenIndexer, Vocabulary

from tests.pretrained.encoders import TOY_ENCODER, changed_encoder
from xner_allennlp.common.errors import InputError
from xner_allennlp.data import ConllNerReader, WordPiecesIndexer
from xner_allennlp.pretrained import EncoderDescription, WordPieces


def make(encoder=str(TOY_ENCODER)):
    reader = ConllNerReader(token_indexers={"characters": WordPiecesIndexer()})
    instance = reader.text_to_instance(["Anna", "sleeps"], ["U-PER", "O"])
    reader.apply_token_indexers(instance)
    params = Params({"type": "from_instances_and_encoder", "encoder": encoder})
    return Vocabulary.from_params(params, instances=[instance])


def test_saved_and_loaded_it_knows_the_encoder(tmp_path):
    vocab = make()
    vocab.save_to_files(str(tmp_path / "vocabulary"))
    for again in (vocab, Vocabulary.from_files(str(tmp_path / "vocabulary"))):
        assert EncoderDescription.of_vocabulary(again) == EncoderDescription.read(TOY_ENCODER)
        # All tags of a person, and O.
        assert again.get_vocab_size("labels") == 5
    indexer = TokenIndexer.from_params(Params({"type": "word_pieces"}))
    pieces = WordPieces(EncoderDescription.read(TOY_ENCODER).tokenizer)
    words = ["Anna", "\x00", "日本語"]
    found = indexer.tokens_to_indices([Token(word) for word in words], again)["token_characters"]
    assert found == [[piece + 1 for piece in pieces.of_word(word)] for word in words]


def test_a_tokenizer_of_another_encoder(tmp_path):
    folder = changed_encoder(tmp_path / "encoder", "config.json", lambda c: c.update(vocab_size=9))
    with pytest.raises(ConfigurationError, match="they do not belong together"):
        make(folder)


def test_a_vocabulary_without_an_encoder():
    with pytest.raises(InputError, match="knows of no pretrained encoder"):
        WordPiecesIndexer().tokens_to_indices([Token("a")], Vocabulary())
