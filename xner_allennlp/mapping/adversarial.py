"""
Adversarial training of the mapping (Algorithm 1, lines 1; eqs. 3 and 4), without any dictionary.

A discriminator D learns to tell mapped vectors W y from vectors x of the other language,

    L_D   = - mean log P_D(stays = 0 | W y) - mean log P_D(stays = 1 | x)            (eq. 3)

and W learns to make that impossible:

    L_adv = - mean log P_D(stays = 1 | W y) - mean log P_D(stays = 0 | x)            (eq. 4)

After each step W is drawn back towards the orthogonal matrices, W <- (1 + beta) W - beta (W W^T) W.
Both losses are averaged over the whole batch of both languages, as MUSE does: half the sum above.
"""

import logging
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.mapping.discriminator import Discriminator

logger = logging.getLogger(__name__)

_STEPS_BETWEEN_REPORTS = 200


class AdversarialResult(NamedTuple):
    """
    W : `np.ndarray`
        The best mapping by the criterion, shape: (d, d).
    criterion : `float`
        Its criterion.
    epochs : `List[Dict[str, Any]]`
        Of every epoch: its criterion, mean discriminator loss and learning rate.
    """

    W: np.ndarray
    criterion: float
    epochs: List[Dict[str, Any]]


class AdversarialTraining:
    """
    The settings of one adversarial training; the defaults are MUSE's (Conneau et al. 2018).

    # Parameters

    epochs : `int`, optional (default = `5`)
        After each one the criterion is computed.
    words_per_epoch : `int`, optional (default = `1000000`)
        An epoch has as many mapping steps as batches are needed to sample so many words.
    batch_size : `int`, optional (default = `32`)
        Words of each language in a batch.
    most_frequent : `int`, optional (default = `75000`)
        Words are drawn uniformly from so many most frequent ones of either language.
    discriminator_steps : `int`, optional (default = `5`)
        Steps of the discriminator before each step of the mapping.
    hidden_dim, num_layers, input_dropout
        Of the [`Discriminator`](./discriminator.md#discriminator).
    label_smoothing : `float`, optional (default = `0.1`)
        The discriminator is trained towards this much and one less this much, not 0 and 1.
    mapping_lr, discriminator_lr : `float`, optional (default = `0.1`)
        Learning rates of plain SGD.
    lr_decay : `float`, optional (default = `0.98`)
        Both learning rates are multiplied by it after each epoch,
    lr_shrink : `float`, optional (default = `0.5`)
        and by this too if the criterion was lower than the best before.
    beta : `float`, optional (default = `0.001`)
        Strength of the step towards orthogonality.
    vector_length : `float`, optional
        If given, each language's vectors are scaled to this mean length for the training (which
        leaves W what it is): learning rates found good on some vectors then suit others. By default
        they are taken as they are, as MUSE does.
    device : `str`, optional (default = `"cpu"`)
        As PyTorch names it; the criterion is computed on the CPU in any case.
    """

    def __init__(
        self,
        *,
        epochs: int = 5,
        words_per_epoch: int = 1_000_000,
        batch_size: int = 32,
        most_frequent: int = 75_000,
        discriminator_steps: int = 5,
        hidden_dim: int = 2048,
        num_layers: int = 2,
        input_dropout: float = 0.1,
        label_smoothing: float = 0.1,
        mapping_lr: float = 0.1,
        discriminator_lr: float = 0.1,
        lr_decay: float = 0.98,
        lr_shrink: float = 0.5,
        beta: float = 0.001,
        vector_length: Optional[float] = None,
        device: str = "cpu",
    ) -> None:
        self._epochs = epochs
        self._steps_per_epoch = -(-words_per_epoch // batch_size)
        self._batch_size = batch_size
        self._most_frequent = most_frequent
        self._discriminator_steps = discriminator_steps
        self._hidden_dim = hidden_dim
        self._num_layers = num_layers
        self._input_dropout = input_dropout
        self._label_smoothing = label_smoothing
        self._mapping_lr = mapping_lr
        self._discriminator_lr = discriminator_lr
        self._lr_decay = lr_decay
        self._lr_shrink = lr_shrink
        self._beta = beta
        self._vector_length = vector_length
        self._device = torch.device(device)

    def train(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        *,
        criterion: Callable[[np.ndarray], float],
        seed: int,
    ) -> AdversarialResult:
        """
        # Parameters

        mapped : `np.ndarray`
            Vectors of the language that moves, most frequent words first, shape: (n, d).
        fixed : `np.ndarray`
            Vectors of the language that stays, shape: (m, d).
        criterion : `Callable[[np.ndarray], float]`
            Chooses the best epoch; the larger, the better.
        seed : `int`
            The same seed gives the same mapping (on the same device and number of threads). The
            random state of the process is not touched.

        # Raises

        `ConfigurationError`
            If training diverges before the first epoch's end.
        """
        devices = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            return self._train(mapped, fixed, criterion)

    def _train(
        self, mapped: np.ndarray, fixed: np.ndarray, criterion: Callable[[np.ndarray], float]
    ) -> AdversarialResult:
        players = self._players(mapped, fixed)
        optimizers = (players.mapping_optimizer, players.discriminator_optimizer)
        best_W = players.current_W()  # shape: (d, d)
        best = float("-inf")
        history: List[Dict[str, Any]] = []
        for epoch in range(self._epochs):
            description = f"adversarial training, epoch {epoch + 1}/{self._epochs}"
            loss = self._train_epoch(players, description, best)
            current_W = players.current_W()  # shape: (d, d)
            if not np.isfinite(current_W).all():
                self._report_divergence(epoch)
                break
            value = criterion(current_W)
            history.append(
                {
                    "epoch": epoch + 1,
                    "criterion": value,
                    "discriminator_loss": loss,
                    "mapping_lr": players.mapping_optimizer.param_groups[0]["lr"],
                }
            )
            fell = value < best
            logger.info(
                "adversarial training, epoch %d: criterion %.4f (%s), discriminator loss %.4f",
                epoch + 1,
                value,
                f"lower than {best:.4f}" if fell else "the best so far",
                loss,
            )
            if value > best:
                best, best_W = value, current_W
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] *= self._lr_decay * (self._lr_shrink if fell else 1)
        return AdversarialResult(best_W, best, history)

    def _players(self, mapped: np.ndarray, fixed: np.ndarray) -> "_Players":
        dim = mapped.shape[1]
        W = torch.eye(dim, device=self._device, requires_grad=True)  # shape: (d, d)
        discriminator = Discriminator(
            dim,
            hidden_dim=self._hidden_dim,
            num_layers=self._num_layers,
            input_dropout=self._input_dropout,
        ).to(self._device)
        return _Players(
            sampler=_BatchSampler(
                self._on_device(mapped), self._on_device(fixed), self._batch_size
            ),
            W=W,
            discriminator=discriminator,
            mapping_optimizer=torch.optim.SGD([W], lr=self._mapping_lr),
            discriminator_optimizer=torch.optim.SGD(
                discriminator.parameters(), lr=self._discriminator_lr
            ),
        )

    def _train_epoch(self, players: "_Players", description: str, best: float) -> float:
        """One epoch. Returns the mean loss of the discriminator."""
        sampler, W, discriminator, mapping_optimizer, discriminator_optimizer = players
        stays = torch.tensor([0.0, 1.0], device=self._device).repeat_interleave(self._batch_size)
        smoothed = stays * (1 - 2 * self._label_smoothing) + self._label_smoothing
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        total = torch.zeros((), device=self._device)
        progress = Tqdm.tqdm(range(self._steps_per_epoch), desc=description)
        for step in progress:
            for _ in range(self._discriminator_steps):
                with torch.no_grad():
                    vectors = sampler.draw(W)  # shape: (2 * batch, d)
                loss = bce(discriminator(vectors), smoothed)  # eq. 3
                discriminator_optimizer.zero_grad()
                loss.backward()
                discriminator_optimizer.step()
                total += loss.detach()

            vectors = sampler.draw(W)  # shape: (2 * batch, d)
            adversarial_loss = bce(discriminator(vectors), 1 - smoothed)  # eq. 4
            # Not `backward`: the discriminator's gradients are a third of the work, and unused.
            (W.grad,) = torch.autograd.grad(adversarial_loss, [W])  # shape: (d, d)
            mapping_optimizer.step()
            self._orthogonalize(W)

            if step % _STEPS_BETWEEN_REPORTS == 0:
                mean_loss = float(total) / ((step + 1) * self._discriminator_steps)
                progress.set_description(
                    f"{description}, discriminator loss {mean_loss:.3f}"
                    + (f", criterion {best:.4f}" if best > float("-inf") else ""),
                    refresh=False,
                )
        return float(total) / max(self._steps_per_epoch * self._discriminator_steps, 1)

    @torch.no_grad()
    def _orthogonalize(self, W: torch.Tensor) -> None:
        W.copy_((1 + self._beta) * W - self._beta * (W @ W.T) @ W)  # shape: (d, d)

    def _on_device(self, vectors: np.ndarray) -> torch.Tensor:
        frequent = np.ascontiguousarray(vectors[: self._most_frequent], dtype=np.float32)
        if self._vector_length is not None:
            mean_length = float(np.linalg.norm(frequent, axis=1).mean())
            frequent = frequent * (self._vector_length / mean_length)  # shape: (frequent, d)
        return torch.from_numpy(frequent).to(self._device)  # shape: (frequent, d)

    def _report_divergence(self, epoch: int) -> None:
        message = (
            f"Adversarial training diverged in epoch {epoch + 1}. Lower mapping_lr and "
            'discriminator_lr, or normalise the vectors (normalize: ["renorm"]).'
        )
        if epoch == 0:
            raise ConfigurationError(message)
        logger.warning("%s The best mapping before that is kept.", message)


class _Players(NamedTuple):
    sampler: "_BatchSampler"
    W: torch.Tensor
    discriminator: Discriminator
    mapping_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer

    def current_W(self) -> np.ndarray:
        """A copy, shape: (d, d)."""
        return np.array(self.W.detach().cpu().numpy())


class _BatchSampler:
    """Draws batches of both languages, uniformly and with replacement."""

    def __init__(self, mapped: torch.Tensor, fixed: torch.Tensor, batch_size: int) -> None:
        self._mapped = mapped
        self._fixed = fixed
        self._shape: Tuple[int] = (batch_size,)

    def draw(self, W: torch.Tensor) -> torch.Tensor:
        """Mapped vectors, then vectors of the other language, shape: (2 * batch, d)."""
        # Drawn on the CPU, so that a seed means the same words on every device.
        rows_mapped = torch.randint(len(self._mapped), self._shape).to(W.device)  # shape: (batch,)
        rows_fixed = torch.randint(len(self._fixed), self._shape).to(W.device)  # shape: (batch,)
        moved = self._mapped[rows_mapped] @ W.T  # shape: (batch, d)
        return torch.cat([moved, self._fixed[rows_fixed]])  # shape: (2 * batch, d)
