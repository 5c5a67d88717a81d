from typing import List, Optional

import numpy as np
import pytest
import torch

from xner_allennlp.mapping.starts.discriminator import Discriminator

cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits


def drawn_masks(discriminator: Discriminator, n: int = 10) -> List[Optional[torch.Tensor]]:
    masks = discriminator.empty_masks(n)
    discriminator.draw_masks(masks)
    return masks


class Peer(torch.nn.Module):
    """The same network as autograd sees it, with the weights of a `Discriminator`."""

    def __init__(self, discriminator: Discriminator, *, dropouts: List[float]) -> None:
        super().__init__()
        state = discriminator.state()
        self.layers = torch.nn.ModuleList()
        for layer, dropout in enumerate(dropouts):
            weight = torch.from_numpy(state[f"weight{layer}"])
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data = weight
            linear.bias.data = torch.from_numpy(state[f"bias{layer}"])
            activation = [] if layer == 0 else [torch.nn.LeakyReLU(0.2)]
            self.layers.append(torch.nn.Sequential(*activation, _BernoulliDropout(dropout), linear))

    def loss(self, vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            vectors = layer(vectors)
        return cross_entropy(vectors.squeeze(-1), targets)


class _BernoulliDropout(torch.nn.Module):
    """Inverted dropout; draws nothing if there is nothing to drop."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        if not self.p:
            return vectors
        return vectors * torch.empty_like(vectors).bernoulli_(1 - self.p) / (1 - self.p)


SHAPES = [
    pytest.param(2, 0.0, 0.0, id="no dropout"),
    pytest.param(2, 0.3, 0.0, id="input dropout"),
    pytest.param(2, 0.3, 0.2, id="both dropouts"),
    pytest.param(1, 0.1, 0.0, id="one hidden layer"),
    pytest.param(0, 0.0, 0.0, id="no hidden layer"),
    pytest.param(3, 0.1, 0.1, id="three hidden layers"),
]


@pytest.fixture
def batch() -> "tuple[torch.Tensor, torch.Tensor]":
    generator = torch.Generator().manual_seed(1)
    return torch.randn(10, 6, generator=generator), torch.tensor([0.1] * 5 + [0.9] * 5)


def made(num_layers: int, input_dropout: float, hidden_dropout: float) -> "tuple":
    torch.manual_seed(2)
    discriminator = Discriminator(
        6,
        hidden_dim=9,
        num_layers=num_layers,
        input_dropout=input_dropout,
        hidden_dropout=hidden_dropout,
    )
    return discriminator, Peer(
        discriminator, dropouts=[input_dropout] + [hidden_dropout] * num_layers
    )


@pytest.mark.parametrize("num_layers, input_dropout, hidden_dropout", SHAPES)
def test_learning_is_autograd_and_sgd(batch, num_layers, input_dropout, hidden_dropout) -> None:
    discriminator, peer = made(num_layers, input_dropout, hidden_dropout)
    before = discriminator.state()
    optimizer = torch.optim.SGD(peer.parameters(), lr=0.3)
    for step in range(3):
        torch.manual_seed(step)
        expected = peer.loss(*batch)
        optimizer.zero_grad()
        expected.backward()
        optimizer.step()
        torch.manual_seed(step)
        with torch.no_grad():
            logits = discriminator.learn(*batch, 0.3, drawn_masks(discriminator))
        torch.testing.assert_close(cross_entropy(logits, batch[1]), expected.detach())
    after = discriminator.state()
    for layer, linear in enumerate(sequence[-1] for sequence in peer.layers):
        torch.testing.assert_close(torch.from_numpy(after[f"weight{layer}"]), linear.weight.data)
        torch.testing.assert_close(torch.from_numpy(after[f"bias{layer}"]), linear.bias.data)
        assert np.abs(after[f"weight{layer}"] - before[f"weight{layer}"]).max() > 1e-3


@pytest.mark.parametrize("num_layers, input_dropout, hidden_dropout", SHAPES)
def test_gradient_of_vectors_is_autograds(batch, num_layers, input_dropout, hidden_dropout) -> None:
    discriminator, peer = made(num_layers, input_dropout, hidden_dropout)
    before = discriminator.state()
    vectors, targets = batch
    wanted = vectors.clone().requires_grad_(True)
    torch.manual_seed(3)
    expected = peer.loss(wanted, targets)
    (expected_gradient,) = torch.autograd.grad(expected, [wanted])
    torch.manual_seed(3)
    with torch.no_grad():
        masks = drawn_masks(discriminator)
        gradient = discriminator.gradient_of_vectors(vectors, targets, masks)
    torch.testing.assert_close(gradient, expected_gradient)
    for name, value in discriminator.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_logits_have_no_dropout(batch) -> None:
    vectors, targets = batch
    discriminator, _ = made(2, 0.5, 0.5)
    peer = Peer(discriminator, dropouts=[0.0, 0.0, 0.0])
    logits = discriminator.logits(vectors)
    assert logits.shape == (10,)
    loss = cross_entropy(logits, targets)
    torch.testing.assert_close(loss, peer.loss(vectors, targets).detach())


def test_dropout_scales_what_it_keeps() -> None:
    discriminator, _ = made(2, 0.4, 0.0)
    vectors = torch.ones(2000, 6)
    (inputs, *_), _ = discriminator._forward(vectors, drawn_masks(discriminator, 2000))
    assert inputs.unique().tolist() == pytest.approx([0, 1 / 0.6])
    assert float(inputs.mean()) == pytest.approx(1, abs=0.05)


def test_size_of_the_paper() -> None:
    sizes = {name: value.size for name, value in Discriminator(300).state().items()}
    assert sizes == {
        "weight0": 300 * 2048,
        "bias0": 2048,
        "weight1": 2048 * 2048,
        "bias1": 2048,
        "weight2": 2048,
        "bias2": 1,
    }


def test_state_can_be_loaded_and_is_a_copy(batch) -> None:
    discriminator, _ = made(2, 0.0, 0.0)
    state = discriminator.state()
    expected = discriminator.logits(batch[0])
    torch.manual_seed(9)
    other = Discriminator(6, hidden_dim=9, input_dropout=0.0)
    assert not torch.equal(other.logits(batch[0]), expected)
    other.load_state(state)
    assert torch.equal(other.logits(batch[0]), expected)
    other.learn(*batch, 1.0, [None] * 3)  # changes neither the state nor the one it came from
    assert torch.equal(discriminator.logits(batch[0]), expected)
    other.load_state(state)
    assert torch.equal(other.logits(batch[0]), expected)
