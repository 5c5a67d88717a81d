"""All four encoders: padding, batch order, tied weights, and a reference written by hand."""

import copy

import numpy as np
import pytest
import torch
from allennlp.common.testing import multi_device
from allennlp.modules import Seq2SeqEncoder, Seq2VecEncoder
from allennlp.modules.seq2seq_encoders import GatedCnnEncoder
from allennlp.modules.seq2vec_encoders import CnnEncoder

from xner_allennlp.common.errors import InputError
from xner_allennlp.modules.dropout import Dropout
from xner_allennlp.modules.encoders import BidirectionalLstm, EncoderInput, encode
from xner_allennlp.modules.encoders.packed_lstm import PackedLstm
from xner_allennlp.modules.encoders.packing import pack
from xner_allennlp.modules.sequences import Sequences

IS_FOR_NUMPY = "xner_allennlp.modules.encoders.bidirectional_lstm._is_for_numpy"

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
    with pytest.raises(InputError, match="at least 1"):
        BidirectionalLstm(0, 3, tied=True)


def values_and_gradients(encoder, run, inputs, mask):
    encoder.zero_grad()
    inputs = inputs.clone().requires_grad_()
    outputs = run(inputs, mask)
    weights = torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).view_as(outputs)
    (outputs * weights).sum().backward()
    gradients = {name: p.grad for name, p in encoder.named_parameters() if p.grad is not None}
    return outputs.detach(), inputs.grad, gradients


@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [[4, 7, 1, 6], [3], [1, 1], [5, 0, 2], [2, 2, 2]])
def test_both_recurrences_are_equal(base, kind, lengths, monkeypatch):
    inputs, mask = batch(lengths)
    encoder = build(base, kind)
    numpy = values_and_gradients(encoder, encoder, inputs, mask)
    monkeypatch.setattr(IS_FOR_NUMPY, lambda features: False)
    fused = values_and_gradients(encoder, encoder, inputs, mask)
    torch.testing.assert_close(numpy[0], fused[0])
    torch.testing.assert_close(numpy[1], fused[1])
    assert numpy[2].keys() == fused[2].keys()
    for name, gradient in numpy[2].items():
        torch.testing.assert_close(gradient, fused[2][name])


@multi_device
@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(350, 100), (25, 25)])
def test_single_precision_is_close_to_double_on_every_device(device, base, kind, sizes):
    """Closer than TF32, the default of a GPU's LSTMs, which is wrong by 5e-4."""
    inputs, mask = batch([30, 1, 7, 30, 12, 29, 2, 18], width=sizes[0])
    torch.manual_seed(1)
    encoder = base.by_name(kind)(*sizes)
    double = copy.deepcopy(encoder).double()
    expected = values_and_gradients(double, double, inputs.double(), mask)
    encoder.to(device)
    found = values_and_gradients(encoder, encoder, inputs.to(device), mask.to(device))
    pairs = [*zip(found[:2], expected[:2])]
    pairs += [(found[2][name], gradient) for name, gradient in expected[2].items()]
    for ours, exact in pairs:
        assert (ours.cpu() - exact).norm() < 1e-5 * exact.norm()


def test_the_fused_kernel_runs_without_tf32_forward_and_backward(monkeypatch):
    cudnn = torch.backends.cudnn

    def is_allowed():
        precision = getattr(getattr(cudnn, "rnn", None), "fp32_precision", None)
        return cudnn.allow_tf32 if precision is None else precision == "tf32"

    seen = []
    kernel = torch.lstm

    def observed(packed, *args, **kwargs):
        seen.append(("forward", is_allowed()))
        states, *others = kernel(packed, *args, **kwargs)
        states.register_hook(lambda _: seen.append(("backward", is_allowed())))
        return (states, *others)

    monkeypatch.setattr(torch, "lstm", observed)
    monkeypatch.setattr(IS_FOR_NUMPY, lambda features: False)
    before = is_allowed()
    inputs, mask = batch()
    build(Seq2SeqEncoder, "untied_lstm")(inputs, mask).sum().backward()
    assert seen == [("forward", False), ("backward", False)]
    assert before and is_allowed() == before


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
    sequences = Sequences.of_mask(mask)
    states = lstm(EncoderInput(sequences, (sequences.tokens(inputs),)))
    torch.testing.assert_close(sequences.padded(states), expected)


@pytest.mark.parametrize("num_frozen", [0, 3])
@pytest.mark.parametrize("tied", [True, False])
def test_the_gradient_is_that_of_the_function(tied, num_frozen):
    _, mask = batch([3, 5, 0, 1])
    shapes = [(9, 4)] + [(8, 4 + num_frozen), (8, 2), (8,)] * (1 if tied else 2)
    tokens, *weights = (torch.randn(s, dtype=torch.double, requires_grad=True) for s in shapes)
    frozen = torch.randn(9, num_frozen, dtype=torch.double) if num_frozen else None
    packing = pack(Sequences.of_mask(mask), tied)
    assert torch.autograd.gradcheck(
        lambda *values: PackedLstm.apply(values[0], frozen, packing, *values[1:]),
        (tokens, *weights),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_for_numpy", [True, False])
def test_a_frozen_part_has_no_gradient(kind, is_for_numpy, monkeypatch):
    inputs, mask = batch()
    encoder = build(Seq2SeqEncoder, kind)
    monkeypatch.setattr(IS_FOR_NUMPY, lambda features: is_for_numpy)
    sequences = Sequences.of_mask(mask)
    tokens = inputs[mask]

    def run_apart(learned, mask):
        return encode(encoder, EncoderInput(sequences, (tokens[:, :2], learned)))

    def run_whole(tokens, mask):
        return encode(encoder, EncoderInput(sequences, (tokens,)))

    def run_padded(tokens, mask):
        return encoder(sequences.padded(tokens), mask)[mask]

    whole = values_and_gradients(encoder, run_whole, tokens, mask)
    for run in (run_apart, run_padded):
        is_apart = run is run_apart
        other = values_and_gradients(encoder, run, tokens[:, 2:] if is_apart else tokens, mask)
        torch.testing.assert_close(other[0], whole[0])
        torch.testing.assert_close(other[1], whole[1][:, 2:] if is_apart else whole[1])
        for name, gradient in other[2].items():
            torch.testing.assert_close(gradient, whole[2][name])


def test_half_precision_goes_through_the_fused_kernel():
    inputs, mask = batch()
    encoder = build(Seq2SeqEncoder, "tied_lstm")
    expected = encoder(inputs, mask)
    half = encoder.bfloat16()(inputs.bfloat16(), mask)
    torch.testing.assert_close(half.float(), expected, atol=0.02, rtol=0.05)


@pytest.mark.parametrize("base", [Seq2SeqEncoder, Seq2VecEncoder])
@pytest.mark.parametrize("kind", [*KINDS, "lstm"])
@pytest.mark.parametrize("is_for_numpy", [True, False])
@pytest.mark.parametrize("lengths", [LENGTHS, [3, 0, 2], [1], [0, 0]])
def test_tokens_may_share_rows(base, kind, is_for_numpy, lengths, monkeypatch):
    monkeypatch.setattr(IS_FOR_NUMPY, lambda features: is_for_numpy)
    mask = torch.arange(7).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    if kind == "lstm" and max(lengths) == 0:
        pytest.skip("AllenNLP's own wrapper wants a word")
    encoder = build(base, kind)
    rows = torch.randn(4, 5)
    row_of = torch.randint(4, mask.size())
    expected = encoder(rows[row_of], mask)
    inputs = EncoderInput(Sequences.of_mask(mask), (rows[:, :2], rows[:, 2:]), row_of[mask])
    for is_learning in (False, True):
        with torch.set_grad_enabled(is_learning):
            states = encode(encoder, inputs)
        torch.testing.assert_close(states, expected[mask] if base is Seq2SeqEncoder else expected)
        assert is_learning or not states.requires_grad


def test_batches_are_stacked_row_after_row():
    batches = [batch(lengths, seed=seed) for seed, lengths in enumerate(([4, 2], [1, 6], [3]))]
    encoder = build(Seq2SeqEncoder, "untied_lstm")
    inputs = []
    for padded, mask in batches:
        sequences = Sequences.of_mask(mask)
        inputs.append(EncoderInput(sequences, (sequences.tokens(padded),)))
    together = EncoderInput.stack(inputs)
    assert together.sequences.mask.sum(dim=1).tolist() == [4, 2, 1, 6, 3]
    states = encode(encoder, together)
    torch.testing.assert_close(states, torch.cat([encode(encoder, each) for each in inputs]))
    padded = together.sequences.padded(states)
    assert padded.shape == (5, 6, 6)
    torch.testing.assert_close(padded[together.sequences.mask], states)


def test_dropout_falls_on_each_token_by_itself():
    sequences = Sequences(np.array([50]), 50, torch.device("cpu"))
    inputs = EncoderInput(sequences, (torch.ones(1, 3),), torch.zeros(50, dtype=torch.long))
    dropout = Dropout(0.5)
    dropped = inputs.with_dropout(dropout).tokens()
    assert set(dropped.unique().tolist()) == {0.0, 2.0} and len(dropped.unique(dim=0)) > 1
    assert inputs.with_dropout(dropout.eval()) is inputs


@pytest.mark.parametrize(
    "encoder",
    [
        CnnEncoder(5, num_filters=4),
        GatedCnnEncoder(5, [[[4, 5]], [[3, 5], [2, 5]]]),
    ],
)
def test_sequences_shorter_than_a_convolution_is_wide(encoder):
    """As they are in a batch with longer ones."""
    encoder.eval()
    inputs, mask = batch([9, 2, 1, 2])

    def encoded(rows, width):
        sequences = Sequences.of_mask(mask[rows, :width])
        return encode(encoder, EncoderInput(sequences, (sequences.tokens(inputs[rows, :width]),)))

    together, alone = encoded([0, 1, 2, 3], 9), encoded([1, 2, 3], 2)
    torch.testing.assert_close(alone, together[-len(alone) :])
