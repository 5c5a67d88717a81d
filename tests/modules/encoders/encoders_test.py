"""All four encoders: padding, batch order, tied weights, and a reference written by hand."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules import Seq2SeqEncoder, Seq2VecEncoder

from xner_allennlp.modules.encoders import BidirectionalLstm, padded, token_places
from xner_allennlp.modules.encoders.packed_lstm import PackedLstm
from xner_allennlp.modules.encoders.packing import pack

PACKS = "xner_allennlp.modules.encoders.bidirectional_lstm._packs"

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


def values_and_gradients(encoder, run, inputs, mask):
    encoder.zero_grad()
    inputs = inputs.clone().requires_grad_()
    outputs = run(inputs, mask)
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).view_as(outputs)
    (outputs * weights).sum().backward()
    gradients = {name: p.grad for name, p in encoder.named_parameters() if p.grad is not None}
    return outputs.detach(), inputs.grad, gradients


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("lengths", [[4, 7, 1, 6], [3], [1, 1], [5, 0, 2], [2, 2, 2]])
def test_packed_equals_the_fused_kernel(tied, lengths, monkeypatch):
    inputs, mask = batch(lengths)
    lstm = BidirectionalLstm(5, 3, tied=tied)
    packed = values_and_gradients(lstm, lstm, inputs, mask)
    fused = values_and_gradients(lstm, lstm._fused, inputs, mask)
    torch.testing.assert_close(packed[0], fused[0])
    torch.testing.assert_close(packed[1], fused[1])
    assert packed[2].keys() == fused[2].keys()
    for name, gradient in packed[2].items():
        torch.testing.assert_close(gradient, fused[2][name])
    # As on a GPU: all positions, padding too.
    everywhere = torch.arange(mask.numel())
    monkeypatch.setattr(PACKS, lambda inputs: False)
    flat = lstm.of_tokens(inputs.flatten(0, 1), everywhere, mask)
    torch.testing.assert_close(flat.view(*mask.shape, -1), packed[0])
    places = token_places(mask)
    torch.testing.assert_close(
        lstm.ends(flat, everywhere, mask), lstm.ends(flat[places], places, mask)
    )


def test_untied_equals_pytorchs_bidirectional_lstm():
    inputs, mask = batch()
    lstm = BidirectionalLstm(5, 3, tied=False)
    reference = torch.nn.LSTM(5, 3, batch_first=True, bidirectional=True)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        for cell, suffix in ((lstm.cell, ""), (lstm.backward_cell, "_reverse")):
            with torch.no_grad():
                getattr(reference, f"{name}_l0{suffix}").copy_(getattr(cell, f"{name}_l0"))
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        inputs, mask.sum(dim=1), batch_first=True, enforce_sorted=False
    )
    expected, _ = torch.nn.utils.rnn.pad_packed_sequence(reference(packed)[0], batch_first=True)
    torch.testing.assert_close(lstm(inputs, mask), expected)


@pytest.mark.parametrize("num_fixed", [0, 3])
@pytest.mark.parametrize("tied", [True, False])
def test_the_gradient_is_that_of_the_function(tied, num_fixed):
    _, mask = batch([3, 5, 0, 1])
    shapes = [(9, 4)] + [(8, 4 + num_fixed), (8, 2), (8,)] * (1 if tied else 2)
    tokens, *weights = (torch.randn(s, dtype=torch.double, requires_grad=True) for s in shapes)
    fixed = torch.randn(9, num_fixed, dtype=torch.double) if num_fixed else None
    packing = pack(mask, tied)
    assert torch.autograd.gradcheck(
        lambda *values: PackedLstm.apply(values[0], fixed, packing, *values[1:]),
        (tokens, *weights),
    )


@pytest.mark.parametrize("tied", [True, False])
def test_a_batch_of_empty_sequences(tied):
    lstm = BidirectionalLstm(5, 3, tied=tied)
    inputs = torch.ones(2, 4, 5, requires_grad=True)
    nothing = torch.zeros(2, 4, dtype=torch.bool)
    assert (lstm(inputs, nothing) == 0).all()
    vectors = build(Seq2VecEncoder, "tied_lstm" if tied else "untied_lstm")
    assert (vectors(inputs, nothing) == 0).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("packs", [True, False])
def test_features_without_gradient_may_be_given_apart(kind, packs, monkeypatch):
    inputs, mask = batch()
    encoder = build(Seq2SeqEncoder, kind)
    monkeypatch.setattr(PACKS, lambda inputs: packs)
    places = token_places(mask)
    tokens = inputs[mask]

    def run_apart(learned, mask):
        return encoder.of_tokens(learned, places, mask, fixed=tokens[:, :2])

    def run_whole(tokens, mask):
        return encoder(padded(tokens, places, mask), mask)[mask]

    whole = values_and_gradients(encoder, run_whole, tokens, mask)
    apart = values_and_gradients(encoder, run_apart, tokens[:, 2:], mask)
    torch.testing.assert_close(apart[0], whole[0])
    torch.testing.assert_close(apart[1], whole[1][:, 2:])
    for name, gradient in apart[2].items():
        torch.testing.assert_close(gradient, whole[2][name])


def test_half_precision_goes_through_the_fused_kernel():
    inputs, mask = batch()
    lstm = BidirectionalLstm(5, 3, tied=True)
    expected = lstm(inputs, mask)
    half = lstm.bfloat16()(inputs.bfloat16(), mask)
    torch.testing.assert_close(half.float(), expected, atol=0.02, rtol=0.05)


@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, [3, 0, 2], [1], [0, 0]])
def test_states_of_forms_are_those_of_the_tokens(base, kind, packs, lengths, monkeypatch):
    monkeypatch.setattr(PACKS, lambda inputs: packs)
    mask = torch.arange(4).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    encoder = build(base, kind)
    forms = torch.randn(4, 5)
    form_of = torch.randint(4, mask.size())
    places = token_places(mask)
    states = encoder.of_forms(forms, form_of[mask], places, mask)
    expected = encoder(forms[form_of], mask)
    torch.testing.assert_close(states, expected[mask] if base is Seq2SeqEncoder else expected)
    assert not packs or not len(places) or not states.requires_grad
