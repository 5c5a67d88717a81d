"""All four encoders: padding, batch order, tied weights, and a reference written by hand."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules import Seq2SeqEncoder, Seq2VecEncoder

from xner_allennlp.encoders import BidirectionalLstm

KINDS = ["tied_lstm", "untied_lstm"]
LENGTHS = [4, 7, 1, 6]


def batch(lengths=LENGTHS, width=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    longest = max(lengths)
    inputs = torch.randn(len(lengths), longest, width, generator=generator)
    mask = torch.arange(longest).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    return inputs, mask


def build(base, kind):
    torch.manual_seed(1)
    return base.by_name(kind)(input_size=5, hidden_size=3)


def lstm_by_hand(cell, inputs):
    """One sentence, shape (length, input_size), through the equations of an LSTM cell."""
    hidden = state = torch.zeros(cell.hidden_size)
    outputs = []
    for vector in inputs:
        gates = cell.weight_ih_l0 @ vector + cell.weight_hh_l0 @ hidden + cell.bias_ih_l0
        write, forget, candidate, out = gates.chunk(4)
        state = forget.sigmoid() * state + write.sigmoid() * candidate.tanh()
        hidden = out.sigmoid() * state.tanh()
        outputs.append(hidden)
    return torch.stack(outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_equations_of_an_lstm(kind):
    inputs, mask = batch()
    encoder = build(Seq2SeqEncoder, kind)
    lstm = encoder._lstm
    backward_cell = lstm.cell if kind == "tied_lstm" else lstm.backward_cell
    encoded = encoder(inputs, mask)
    for row, length in enumerate(LENGTHS):
        sentence = inputs[row, :length]
        expected = torch.cat(
            [
                lstm_by_hand(lstm.cell, sentence),
                lstm_by_hand(backward_cell, sentence.flip(0)).flip(0),
            ],
            dim=-1,
        )
        torch.testing.assert_close(encoded[row, :length], expected)
        assert (encoded[row, length:] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
def test_padding_and_batch_order_do_not_matter(base, kind):
    inputs, mask = batch()
    encoder = build(base, kind)
    together = encoder(inputs, mask)
    # What stands in the padding, and how much of it, is irrelevant.
    dirty = inputs.masked_fill(~mask.unsqueeze(-1), 1e3)
    wider = torch.cat([dirty, torch.full((len(LENGTHS), 3, 5), -1e3)], dim=1)
    wider_mask = torch.cat([mask, torch.zeros(len(LENGTHS), 3, dtype=torch.bool)], dim=1)
    padded = encoder(wider, wider_mask)
    if base is Seq2SeqEncoder:
        padded = padded[:, : inputs.size(1)]
    torch.testing.assert_close(padded, together)
    order = [2, 0, 3, 1]
    torch.testing.assert_close(encoder(inputs[order], mask[order]), together[order])
    for row, length in enumerate(LENGTHS):
        alone = encoder(inputs[row : row + 1, :length], mask[row : row + 1, :length])
        expected = together[row : row + 1]
        if base is Seq2SeqEncoder:
            expected = expected[:, :length]
        torch.testing.assert_close(alone, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_is_the_last_state_of_each_direction(kind):
    inputs, mask = batch()
    vectors, states = build(Seq2VecEncoder, kind), build(Seq2SeqEncoder, kind)
    states.load_state_dict(vectors.state_dict())
    encoded, per_word = vectors(inputs, mask), states(inputs, mask)
    for row, length in enumerate(LENGTHS):
        torch.testing.assert_close(encoded[row, :3], per_word[row, length - 1, :3])
        torch.testing.assert_close(encoded[row, 3:], per_word[row, 0, 3:])


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_sequence_is_zero(kind):
    inputs, mask = batch()
    mask[1] = False
    assert (build(Seq2VecEncoder, kind)(inputs, mask)[1] == 0).all()
    assert (build(Seq2SeqEncoder, kind)(inputs, mask)[1] == 0).all()


@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
def test_tied_directions_stay_one_cell_in_training(base):
    encoder = build(base, "tied_lstm")
    assert not hasattr(encoder._lstm, "backward_cell")
    inputs, mask = batch()
    optimizer = torch.optim.SGD([p for p in encoder.parameters() if p.requires_grad], lr=0.5)
    encoder(inputs, mask).pow(2).sum().backward()
    optimizer.step()
    # A palindrome reads the same in both directions, hence with one cell the same twice.
    palindrome = torch.cat([inputs[:1, :3], inputs[:1, :3].flip(1)], dim=1)
    encoded = encoder(palindrome, torch.ones(1, 6, dtype=torch.bool))
    forward_half, backward_half = encoded.split(3, dim=-1)
    if base is Seq2SeqEncoder:
        backward_half = backward_half.flip(1)
    torch.testing.assert_close(forward_half, backward_half)


@pytest.mark.parametrize("kind, cells", [("tied_lstm", 1), ("untied_lstm", 2)])
def test_one_trained_bias_per_cell(kind, cells):
    encoder = build(Seq2SeqEncoder, kind)
    trainable = sum(p.numel() for p in encoder.parameters() if p.requires_grad)
    assert trainable == cells * (4 * 3 * (5 + 3) + 4 * 3)
    encoder(*batch()).sum().backward()
    assert (encoder._lstm.cell.bias_hh_l0 == 0).all()
    assert encoder._lstm.cell.bias_hh_l0.grad is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_defaults_are_the_papers(kind):
    words = Seq2SeqEncoder.by_name(kind)(input_size=350)
    assert (words.get_input_dim(), words.get_output_dim()) == (350, 200)
    characters = Seq2VecEncoder.by_name(kind)()
    assert (characters.get_input_dim(), characters.get_output_dim()) == (25, 50)
    assert words.is_bidirectional()


def test_sizes_below_one_are_refused():
    with pytest.raises(ConfigurationError, match="at least 1"):
        BidirectionalLstm(0, 3, tied=True)
