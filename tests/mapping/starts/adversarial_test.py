import logging
from pathlib import Path
from typing import Any, Callable, List

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import multi_device, requires_gpu

from tests.mapping.worlds import as_word_vectors
from xner_allennlp.mapping import Checkpoint
from xner_allennlp.mapping.starts import AdversarialTraining, Start, StartInput, adversarial_state
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState
from xner_allennlp.mapping.starts.discriminator import Discriminator

QUICK = {"epochs": 2, "words_per_epoch": 640, "hidden_dim": 8}


class Interrupted(Exception):
    pass


class Training:
    """Adversarial training with these options."""

    def __init__(self, device: str, **options: Any) -> None:
        self._start = AdversarialTraining(**{**QUICK, **options})
        self._device = device

    def find(self, *vectors: np.ndarray, name: str = "start", **given: Any) -> Start:
        return self._start.find(
            StartInput(*vectors, device=self._device, checkpoint_name=name, **given)
        )


def training(device: str = "cpu", **options: Any) -> Training:
    return Training(device, **options)


def nothing(W: np.ndarray) -> float:
    return 0.0


def trace(W: np.ndarray) -> float:
    return float(np.trace(W))


def test_seed_makes_it_repeatable(vectors) -> None:
    first = training().find(*vectors, criterion=trace, seed=3)
    torch.rand(5)  # the state of the process does not matter
    again = training().find(*vectors, criterion=trace, seed=3)
    other = training().find(*vectors, criterion=trace, seed=4)
    np.testing.assert_array_equal(first.W, again.W)
    assert first.record["steps"] == again.record["steps"]
    assert first.record["steps"] != other.record["steps"]


@multi_device
def test_leaves_the_random_state_of_the_process_alone(vectors, device: str) -> None:
    torch.manual_seed(8)
    expected = torch.rand(3), torch.rand(3, device=device)
    torch.manual_seed(8)
    training(device=device).find(*vectors, criterion=nothing, seed=3)
    assert torch.equal(torch.rand(3), expected[0])
    assert torch.equal(torch.rand(3, device=device), expected[1])


def test_keeps_the_best_epoch_and_reduces_learning_rates_when_the_criterion_falls(vectors) -> None:
    seen = []
    values = iter([0.2, 0.5, 0.4, 0.45, 0.5])

    def criterion(W: np.ndarray) -> float:
        seen.append(W)
        return next(values)

    options = {"epochs": 5, "mapping_lr": 1.0, "lr_decay": 0.9, "lr_shrink": 0.5}
    result = training(**options).find(*vectors, criterion=criterion, seed=0)
    assert result.record["criterion"] == 0.5
    np.testing.assert_array_equal(result.W, seen[1])
    assert np.abs(seen[1] - seen[3]).max() > 0
    rates = [epoch["mapping_lr"] for epoch in result.record["steps"]]
    # It falls below the best in epochs 3 and 4, and only then.
    assert rates == pytest.approx([1.0, 0.9, 0.81, 0.81 * 0.45, 0.81 * 0.45**2])
    assert [epoch["criterion"] for epoch in result.record["steps"]] == [0.2, 0.5, 0.4, 0.45, 0.5]
    assert [epoch["epoch"] for epoch in result.record["steps"]] == [1, 2, 3, 4, 5]


def test_both_learning_rates_fall(vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = []
    learn = Discriminator.learn

    def noting(self: Discriminator, batch: Any, targets: Any, rate: float, masks: Any) -> Any:
        rates.append(rate)
        return learn(self, batch, targets, rate, masks)

    monkeypatch.setattr(Discriminator, "learn", noting)
    options = {"epochs": 3, "words_per_epoch": 32, "discriminator_steps": 2}
    values = iter([0.5, 0.4, 0.3])
    training(**options, discriminator_lr=0.2, lr_decay=0.9).find(
        *vectors, criterion=lambda W: next(values), seed=0
    )
    assert rates == pytest.approx([0.2, 0.2, 0.18, 0.18, 0.081, 0.081])


def test_ends_below_the_least_learning_rate(vectors) -> None:
    options = {"epochs": 9, "mapping_lr": 1.0, "lr_decay": 0.5, "min_lr": 0.2}
    result = training(**options).find(*vectors, criterion=nothing, seed=0)
    assert [epoch["mapping_lr"] for epoch in result.record["steps"]] == [1.0, 0.5, 0.25]


def test_words_per_epoch_counts_words_not_steps(vectors, monkeypatch) -> None:
    drawn = []
    draw = AdversarialState._draw_words

    def counting(self: AdversarialState, rows: torch.Tensor) -> None:
        assert rows.shape == (2, 32)
        drawn.append(1)
        draw(self, rows)

    monkeypatch.setattr(AdversarialState, "_draw_words", counting)
    options = {"epochs": 1, "words_per_epoch": 100, "batch_size": 32}
    training(**options).find(*vectors, criterion=nothing, seed=0)
    # 4 batches of 32 make 100 words; each mapping step has 5 discriminator steps before it.
    assert len(drawn) == 4 * (5 + 1)


@requires_gpu
def test_the_graph_on_cuda_does_what_the_cpu_does(vectors) -> None:
    options = {**QUICK, "input_dropout": 0.0, "lr_decay": 0.5}  # another learning rate later
    on_cpu, on_cuda = (
        training(**options, device=device).find(*vectors, criterion=trace, seed=3)
        for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(on_cuda.W, on_cpu.W, atol=1e-4)
    for one, other in zip(on_cuda.epochs, on_cpu.epochs):
        assert one["discriminator_loss"] == pytest.approx(other["discriminator_loss"], rel=1e-4)


def test_draws_only_the_most_frequent_words() -> None:
    frequent = np.ones((10, 3), dtype=np.float32)
    rare = np.full((1000, 3), np.nan, dtype=np.float32)  # one of them would spoil everything
    vectors = np.concatenate([frequent, rare])
    result = training(most_frequent=10).find(vectors, vectors, criterion=nothing, seed=0)
    assert np.isfinite(result.W).all()


def test_orthogonality_update_draws_w_to_the_orthogonal_matrices(vectors) -> None:
    def deviation(beta: float) -> float:
        options = {"epochs": 1, "words_per_epoch": 6400, "mapping_lr": 0.5, "beta": beta}
        W = training(**options).find(vectors[0], vectors[1] * 3, criterion=nothing, seed=0).W
        return float(np.abs(W @ W.T - np.eye(5)).max())

    assert deviation(0.1) < 0.5 * deviation(0.0)


def test_one_step_is_the_losses_of_the_paper(vectors) -> None:
    """One discriminator step (eq. 3) and one mapping step (eq. 4), computed by hand."""
    mapped, fixed = (torch.from_numpy(matrix) for matrix in vectors)
    smoothing, lr, batch = 0.1, 0.3, 4
    result = training(
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
    ).find(*vectors, criterion=nothing, seed=5)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        layers = [torch.nn.Linear(*sizes) for sizes in ((5, 6), (6, 6), (6, 1))]
        rows = [torch.randint(size, (batch,)) for size in (60, 50, 60, 50)]
    leaky = torch.nn.LeakyReLU(0.2)
    discriminator = torch.nn.Sequential(layers[0], leaky, layers[1], leaky, layers[2])
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
    assert result.record["steps"][0]["discriminator_loss"] == pytest.approx(
        discriminator_loss.item()
    )
    assert np.abs(expected - np.eye(5)).max() > 1e-3


def test_discriminator_accuracy(vectors) -> None:
    """Languages far apart are told apart, and equal ones are not."""
    options = {"epochs": 1, "words_per_epoch": 3200, "mapping_lr": 0.0}
    apart = training(**options).find(vectors[0] + 4, vectors[1] - 4, criterion=nothing, seed=0)
    equal = training(**options).find(vectors[0], vectors[0], criterion=nothing, seed=0)
    assert apart.record["steps"][0]["discriminator_accuracy"] == 1.0
    assert equal.record["steps"][0]["discriminator_accuracy"] == pytest.approx(0.5)
    assert (
        apart.record["steps"][0]["discriminator_loss"]
        < equal.record["steps"][0]["discriminator_loss"]
    )


def test_vector_length_makes_the_scale_of_the_vectors_irrelevant(vectors) -> None:
    lengths = training(vector_length=2.0)
    as_is = lengths.find(*vectors, criterion=nothing, seed=1)
    scaled = lengths.find(vectors[0] * 7, vectors[1] * 0.1, criterion=nothing, seed=1)
    np.testing.assert_allclose(as_is.W, scaled.W, atol=1e-4)


def test_fewer_words_than_it_draws_from_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    source, target = as_word_vectors("s", np.ones((9, 5))), as_word_vectors("t", np.ones((8, 5)))
    with caplog.at_level(logging.WARNING):
        pairs = AdversarialTraining(most_frequent=9).word_pairs(source, target)
    assert pairs.shape == (0, 2)
    assert "t.vec has 8 words, fewer than most_frequent (9)" in caplog.text
    assert "s.vec" not in caplog.text


class TestDivergence:
    def test_in_the_first_epoch(self, vectors) -> None:
        with pytest.raises(ConfigurationError, match="diverged in epoch 1.*Lower mapping_lr"):
            training(mapping_lr=1e12).find(vectors[0] * 1e3, vectors[1], criterion=nothing, seed=0)

    def test_it_does_not_wait_for_the_end_of_the_epoch(self, vectors) -> None:
        options = {"mapping_lr": 1e12, "words_per_epoch": 10_000_000}
        with pytest.raises(ConfigurationError, match="by step [1-9][0-9]{0,2} of 312500"):
            training(**options).find(vectors[0] * 1e3, vectors[1], criterion=nothing, seed=0)

    def test_no_state_that_is_not_finite_is_saved(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adversarial_state, "_STEPS_BETWEEN_CHECKPOINTS", 1)
        options = {"epochs": 6, "mapping_lr": 0.1, "lr_decay": 1e9}
        training(**options).find(
            *vectors, criterion=nothing, seed=0, checkpoint=Checkpoint(tmp_path), name="start"
        )
        state = Checkpoint(tmp_path).load("start")
        assert state is not None and state.values["epoch"] >= 1
        assert all(np.isfinite(array).all() for array in state.arrays.values())

    def test_later_the_best_epoch_is_kept(self, vectors, caplog: Any) -> None:
        """Learning rates that grow, for once."""
        options = {"epochs": 6, "mapping_lr": 0.1, "lr_decay": 1e9}
        with caplog.at_level(logging.WARNING):
            result = training(**options).find(*vectors, criterion=nothing, seed=0)
        assert "The best mapping before that is kept." in caplog.text
        assert 1 <= len(result.record["steps"]) < 6
        assert np.isfinite(result.W).all()


class TestResumption:
    OPTIONS = {"epochs": 3, "words_per_epoch": 320, "hidden_dropout": 0.1, "mapping_lr": 0.5}

    def expected(self, vectors: Any) -> Start:
        return training(**self.OPTIONS).find(*vectors, criterion=self.criterion(), seed=6)

    @staticmethod
    def criterion() -> Callable[[np.ndarray], float]:
        """Falls in the second epoch, so that the learning rates do too."""
        return lambda W: -abs(float(W[0, 1]) - 0.1)

    def resumed(self, vectors: Any, folder: Path) -> Start:
        torch.rand(3)
        return training(**self.OPTIONS).find(
            *vectors, criterion=self.criterion(), seed=6, checkpoint=Checkpoint(folder)
        )

    @staticmethod
    def assert_same(one: Start, other: Start) -> None:
        np.testing.assert_array_equal(one.W, other.W)
        assert one.record["criterion"] == other.record["criterion"]
        assert one.record["steps"] == other.record["steps"]

    @pytest.mark.parametrize("step", [1, 4, 7, 10, 11, 18, 29, 30])
    def test_after_any_step(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
    ) -> None:
        """10 steps an epoch; a checkpoint after every third of it, and after the epoch."""
        monkeypatch.setattr(adversarial_state, "_STEPS_BETWEEN_CHECKPOINTS", 3)
        expected = self.expected(vectors)
        steps: List[int] = []
        take_step = AdversarialState.take_step

        def step_and_count(self: AdversarialState) -> None:
            take_step(self)
            steps.append(1)
            if len(steps) == step:
                raise Interrupted

        with monkeypatch.context() as patch:
            patch.setattr(AdversarialState, "take_step", step_and_count)
            with pytest.raises(Interrupted):
                self.resumed(vectors, tmp_path)
        again: List[int] = []

        def count_again(self: AdversarialState) -> None:
            again.append(1)
            take_step(self)

        monkeypatch.setattr(AdversarialState, "take_step", count_again)
        self.assert_same(self.resumed(vectors, tmp_path), expected)
        # The step that was interrupted is taken again, and those after the last checkpoint.
        epoch, inside = divmod(step - 1, 10)
        assert len(again) == 30 - 10 * epoch - inside // 3 * 3

    @pytest.mark.parametrize("epoch", [1, 2, 3])
    def test_in_the_criterion(self, vectors, tmp_path: Path, epoch: int) -> None:
        expected = self.expected(vectors)
        calls = iter(range(1, 4))
        criterion = self.criterion()

        def raising(W: np.ndarray) -> float:
            if next(calls) == epoch:
                raise Interrupted
            return criterion(W)

        with pytest.raises(Interrupted):
            training(**self.OPTIONS).find(
                *vectors, criterion=raising, seed=6, checkpoint=Checkpoint(tmp_path)
            )
        self.assert_same(self.resumed(vectors, tmp_path), expected)

    def test_interrupted_again_and_again(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adversarial_state, "_STEPS_BETWEEN_CHECKPOINTS", 4)
        expected = self.expected(vectors)
        take_step = AdversarialState.take_step
        for _ in range(20):
            left = iter(range(6))

            def step_and_count(self: AdversarialState, left: Any = left) -> None:
                if next(left, None) is None:
                    raise Interrupted
                take_step(self)

            monkeypatch.setattr(AdversarialState, "take_step", step_and_count)
            try:
                result = self.resumed(vectors, tmp_path)
            except Interrupted:
                continue
            break
        self.assert_same(result, expected)

    def test_what_is_finished_is_not_done_again(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        options = {"epochs": 9, "mapping_lr": 1.0, "lr_decay": 0.5, "min_lr": 0.2}
        checkpoint = Checkpoint(tmp_path)
        first = training(**options).find(
            *vectors, criterion=nothing, seed=1, checkpoint=checkpoint, name="one"
        )
        assert len(first.record["steps"]) == 3  # ended by min_lr

        def step_and_count(self: AdversarialState) -> None:
            raise AssertionError("a step of what is finished")

        monkeypatch.setattr(AdversarialState, "take_step", step_and_count)
        again = training(**options).find(
            *vectors, criterion=nothing, seed=1, checkpoint=checkpoint, name="one"
        )
        self.assert_same(first, again)
        with pytest.raises(AssertionError):  # of another name nothing is known
            training(**options).find(
                *vectors, criterion=nothing, seed=1, checkpoint=checkpoint, name="two"
            )

    @multi_device
    def test_checkpoints_change_nothing(
        self, vectors, tmp_path: Path, device: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(adversarial_state, "_STEPS_BETWEEN_CHECKPOINTS", 1)
        with_them = training(**self.OPTIONS, device=device).find(
            *vectors, criterion=self.criterion(), seed=6, checkpoint=Checkpoint(tmp_path)
        )
        without = training(**self.OPTIONS, device=device).find(
            *vectors, criterion=self.criterion(), seed=6
        )
        self.assert_same(with_them, without)
