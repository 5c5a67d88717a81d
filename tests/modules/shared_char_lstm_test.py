"""Words from characters: one matrix, one LSTM for each path."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from xner_allennlp.modules.encoders.lstm_encoders import LstmSeq2VecEncoder
from xner_allennlp.modules.shared_char_lstm import SharedCharLstm


@pytest.fixture
def vocab():
    vocab = Vocabulary()
    vocab.add_tokens_to_namespace(list("abcdefgh"), "characters")
    return vocab


@pytest.fixture
def embedder(vocab):
    torch.manual_seed(0)
    return SharedCharLstm(vocab, LstmSeq2VecEncoder.tied(), LstmSeq2VecEncoder.untied())


@pytest.fixture
def characters():
    # Two sentences of words "bc", "d", "bc" and "efg", padding, padding.
    return torch.tensor(
        [
            [[3, 4, 0, 0], [5, 0, 0, 0], [3, 4, 0, 0]],
            [[6, 7, 8, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        ]
    )


def test_equals_the_lstm_on_each_word_alone(embedder, characters):
    for path in ("source", "target"):
        embedded = embedder(characters, path=path)
        assert embedded.shape == (2, 3, 50)
        for row, column, length in ((0, 0, 2), (0, 1, 1), (0, 2, 2), (1, 0, 3)):
            word = characters[row, column, :length].unsqueeze(0)
            alone = embedder.encoders[path](embedder.embedding(word), word != 0)
            torch.testing.assert_close(embedded[row, column], alone[0])
        assert (embedded[1, 1:] == 0).all()
    assert not torch.equal(embedder(characters), embedder(characters, path="target"))


def test_both_paths_train_one_matrix(embedder, characters):
    matrices = [p for name, p in embedder.named_parameters() if "embedding" in name]
    assert [tuple(m.shape) for m in matrices] == [(10, 25)]
    gradients = []
    for path in ("source", "target"):
        embedder.zero_grad()
        embedder(characters, path=path).sum().backward()
        gradients.append(matrices[0].grad.clone())
        idle = "target" if path == "source" else "source"
        for name, parameter in embedder.encoders[idle].named_parameters():
            assert parameter.grad is None or (parameter.grad == 0).all(), name
    assert all((gradient[3:9] != 0).any() for gradient in gradients)
    # Characters that do not occur learn nothing.
    assert all((gradient[9] == 0).all() for gradient in gradients)


def test_a_repeated_word_gets_the_gradient_of_both(embedder, characters):
    embedder(characters)[0, 0].sum().backward()
    once = embedder.embedding.weight.grad[3].clone()
    embedder.zero_grad()
    (embedder(characters)[0, 0] + embedder(characters)[0, 2]).sum().backward()
    torch.testing.assert_close(embedder.embedding.weight.grad[3], 2 * once)


def test_serves(vocab):
    target_only = SharedCharLstm(vocab, target_encoder=LstmSeq2VecEncoder.untied())
    assert target_only.serves("target") and not target_only.serves("source")
    assert target_only.get_output_dim() == 50


def test_bad_options(vocab):
    with pytest.raises(ConfigurationError, match="embeds nothing"):
        SharedCharLstm(vocab)
    with pytest.raises(ConfigurationError, match="input_size 25, but characters have 10"):
        SharedCharLstm(vocab, LstmSeq2VecEncoder.tied(), embedding_dim=10)
