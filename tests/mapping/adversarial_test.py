import copy

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import AdversarialTraining
from xner_allennlp.mapping.adversarial import _BatchSampler
from xner_allennlp.mapping.discriminator import Discriminator

QUICK = {"epochs": 2, "words_per_epoch": 640, "hidden_dim": 8}


@pytest.fixture
def vectors() -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(60, 5)).astype(np.float32),
        rng.normal(size=(50, 5)).astype(np.float32),
    )


def test_seed_makes_it_repeatable(vectors) -> None:
    values = []

    def criterion(W: np.ndarray) -> float:
        values.append(float(W.sum()))
        return values[-1]

    first = AdversarialTraining(**QUICK).train(*vectors, criterion=criterion, seed=3)
    torch.rand(5)  # the state of the process does not matter
    again = AdversarialTraining(**QUICK).train(*vectors, criterion=criterion, seed=3)
    other = AdversarialTraining(**QUICK).train(*vectors, criterion=criterion, seed=4)
    np.testing.assert_array_equal(first.W, again.W)
    assert first.epochs == again.epochs
    assert np.abs(first.W - other.W).max() > 0


def test_leaves_the_random_state_of_the_process_alone(vectors) -> None:
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    AdversarialTraining(**QUICK).train(*vectors, criterion=lambda W: 0.0, seed=3)
    assert torch.equal(torch.rand(3), expected)


def test_keeps_the_best_epoch_and_reduces_learning_rates_when_the_criterion_falls(vectors) -> None:
    seen = []
    values = iter([0.2, 0.5, 0.4, 0.45])

    def criterion(W: np.ndarray) -> float:
        seen.append(W)
        return next(values)

    options = {**QUICK, "epochs": 4, "mapping_lr": 1.0, "lr_decay": 0.9, "lr_shrink": 0.5}
    result = AdversarialTraining(**options).train(*vectors, criterion=criterion, seed=0)
    assert result.criterion == 0.5
    np.testing.assert_array_equal(result.W, seen[1])
    assert np.abs(seen[1] - seen[3]).max() > 0
    rates = [epoch["mapping_lr"] for epoch in result.epochs]
    assert rates == pytest.approx([1.0, 0.9, 0.81, 0.81 * 0.9 * 0.5])
    assert [epoch["criterion"] for epoch in result.epochs] == [0.2, 0.5, 0.4, 0.45]


def test_words_per_epoch_counts_words_not_steps(vectors, monkeypatch) -> None:
    drawn = []
    draw = _BatchSampler.draw

    def counting(self: _BatchSampler, W: torch.Tensor) -> torch.Tensor:
        drawn.append(1)
        return draw(self, W)

    monkeypatch.setattr(_BatchSampler, "draw", counting)
    training = AdversarialTraining(epochs=1, words_per_epoch=100, batch_size=32, hidden_dim=4)
    training.train(*vectors, criterion=lambda W: 0.0, seed=0)
    # 4 batches of 32 make 100 words; each mapping step has 5 discriminator steps before it.
    assert len(drawn) == 4 * (5 + 1)


def test_draws_only_the_most_frequent_words() -> None:
    frequent = np.ones((10, 3), dtype=np.float32)
    rare = np.full((1000, 3), np.nan, dtype=np.float32)  # one of them would spoil everything
    vectors = np.concatenate([frequent, rare])
    training = AdversarialTraining(**QUICK, most_frequent=10)
    result = training.train(vectors, vectors, criterion=lambda W: 0.0, seed=0)
    assert np.isfinite(result.W).all()


def test_orthogonality_update_is_the_formula() -> None:
    W = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    expected = 1.25 * W - 0.25 * W @ W.T @ W
    AdversarialTraining(beta=0.25)._orthogonalize(W)
    torch.testing.assert_close(W, expected)


def test_orthogonality_update_draws_w_to_the_orthogonal_matrices(vectors) -> None:
    def deviation(beta: float) -> float:
        options = {**QUICK, "epochs": 1, "words_per_epoch": 6400, "mapping_lr": 0.5}
        training = AdversarialTraining(**options, beta=beta)
        W = training.train(vectors[0], vectors[1] * 3, criterion=lambda W: 0.0, seed=0).W
        return float(np.abs(W @ W.T - np.eye(5)).max())

    assert deviation(0.1) < 0.5 * deviation(0.0)


def test_one_step_is_the_losses_of_the_paper(vectors) -> None:
    """One discriminator step (eq. 3) and one mapping step (eq. 4), computed by hand."""
    mapped, fixed = (torch.from_numpy(matrix) for matrix in vectors)
    smoothing, lr, batch = 0.1, 0.3, 4
    training = AdversarialTraining(
        epochs=1,
        words_per_epoch=batch,
        batch_size=batch,
        discriminator_steps=1,
        hidden_dim=6,
        input_dropout=0.0,
        label_smoothing=smoothing,
        mapping_lr=lr,
        discriminator_lr=lr,
        beta=0.0,
    )
    result = training.train(*vectors, criterion=lambda W: 0.0, seed=5)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        discriminator = Discriminator(5, hidden_dim=6, input_dropout=0.0)
        rows = [torch.randint(size, (batch,)) for size in (60, 50, 60, 50)]
    W = torch.eye(5, requires_grad=True)

    def loss(y: torch.Tensor, x: torch.Tensor, of_mapped: float) -> torch.Tensor:
        """Cross-entropy with P(stays) of mapped words at `of_mapped`, of the others at 1 less."""
        p_mapped, p_fixed = (torch.sigmoid(discriminator(z)) for z in (y @ W.T, x))
        mapped_part = of_mapped * p_mapped.log() + (1 - of_mapped) * (1 - p_mapped).log()
        fixed_part = (1 - of_mapped) * p_fixed.log() + of_mapped * (1 - p_fixed).log()
        return -(mapped_part.mean() + fixed_part.mean()) / 2

    parameters = list(discriminator.parameters())
    discriminator_loss = loss(mapped[rows[0]], fixed[rows[1]], smoothing)
    gradients = torch.autograd.grad(discriminator_loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients):
            parameter -= lr * gradient
    adversarial_loss = loss(mapped[rows[2]], fixed[rows[3]], 1 - smoothing)
    (gradient,) = torch.autograd.grad(adversarial_loss, [W])
    expected = (W - lr * gradient).detach().numpy()

    np.testing.assert_allclose(result.W, expected, atol=1e-6)
    assert result.epochs[0]["discriminator_loss"] == pytest.approx(discriminator_loss.item())
    assert np.abs(expected - np.eye(5)).max() > 1e-3


def test_vector_length_makes_the_scale_of_the_vectors_irrelevant(vectors) -> None:
    training = AdversarialTraining(**QUICK, vector_length=2.0)
    as_is = training.train(*vectors, criterion=lambda W: 0.0, seed=1)
    scaled = training.train(vectors[0] * 7, vectors[1] * 0.1, criterion=lambda W: 0.0, seed=1)
    np.testing.assert_allclose(as_is.W, scaled.W, atol=1e-4)


def test_divergence_is_told(vectors) -> None:
    training = AdversarialTraining(**QUICK, mapping_lr=1e12)
    with pytest.raises(ConfigurationError, match="diverged in epoch 1.*Lower mapping_lr"):
        training.train(vectors[0] * 1e3, vectors[1], criterion=lambda W: 0.0, seed=0)


class TestDiscriminator:
    def test_size_of_the_paper(self) -> None:
        discriminator = Discriminator(300)
        expected = 300 * 2048 + 2048 + 2048 * 2048 + 2048 + 2048 + 1
        assert sum(parameter.numel() for parameter in discriminator.parameters()) == expected

    def test_forward(self) -> None:
        discriminator = Discriminator(5, hidden_dim=7).eval()
        vectors = torch.randn(3, 5)
        state = copy.deepcopy(list(discriminator.parameters()))
        hidden = vectors
        for weight, bias in zip(state[:-2:2], state[1:-2:2]):
            hidden = hidden @ weight.T + bias
            hidden = torch.where(hidden > 0, hidden, 0.2 * hidden)
        expected = (hidden @ state[-2].T + state[-1]).squeeze(-1)
        torch.testing.assert_close(discriminator(vectors), expected)
        assert discriminator(vectors).shape == (3,)

    def test_input_dropout_only_in_training(self) -> None:
        torch.manual_seed(0)
        discriminator = Discriminator(50, hidden_dim=7, input_dropout=0.5)
        vectors = torch.randn(3, 50)
        assert not torch.equal(discriminator(vectors), discriminator(vectors))
        discriminator.eval()
        assert torch.equal(discriminator(vectors), discriminator(vectors))
