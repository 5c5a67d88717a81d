"""
What learns in adversarial training, the mapping and the discriminator, and its steps.

On CUDA a step is a hundred kernels of a few microseconds, which the host cannot launch as fast as
they run. There the words of many steps are drawn ahead, and a step is recorded once as a CUDA graph
and played again; the host waits for it only where something is reported or saved.
"""

import logging
from typing import Any, Dict, Iterator, List, Optional

import numpy as np
import torch

from xner_allennlp.common.tf32 import tf32_products
from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.starts.adversarial_settings import AdversarialSettings
from xner_allennlp.mapping.starts.discriminator import Discriminator, Masks

logger = logging.getLogger(__name__)

_STEPS_BETWEEN_CHECKPOINTS = 2000
# On CUDA. More would keep the device waiting when the first ones after a report are drawn.
_STEPS_DRAWN_AHEAD = 20


class AdversarialState:
    """The mapping and the discriminator, and all else that changes while they learn."""

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        options: AdversarialSettings,
        device: torch.device,
    ) -> None:
        self._options = options
        self._device = device
        self._steps_per_epoch = options.steps_per_epoch
        dim = mapped.shape[1]
        # shape: (d, d)
        self._W = torch.eye(dim, device=self._device)
        self._discriminator = Discriminator(
            dim,
            hidden_dim=options.hidden_dim,
            num_layers=options.num_layers,
            input_dropout=options.input_dropout,
            hidden_dropout=options.hidden_dropout,
            device=self._device,
        )
        # shape: (frequent, d)
        self._mapped = self._on_device(mapped)
        # shape: (frequent, d)
        self._fixed = self._on_device(fixed)
        # What a step draws: the rows of both languages' words and the dropout masks, of each batch
        # of the discriminator and then of the mapping's. A CUDA graph needs them in one place.
        batches, batch = options.discriminator_steps + 1, options.batch_size
        self._rows = torch.zeros((batches, 2, batch), dtype=torch.int64, device=self._device)
        self._masks = self._discriminator.empty_masks(batches, 2 * batch)
        self._rows_ahead: Iterator[torch.Tensor] = iter(())
        self._graph: Optional[torch.cuda.CUDAGraph] = None
        self._has_warmed_up = False
        stays = torch.tensor([0.0, 1.0], device=self._device).repeat_interleave(options.batch_size)
        self._targets = stays * (1 - 2 * options.label_smoothing) + options.label_smoothing
        self.mapping_lr = options.mapping_lr
        self.discriminator_lr = options.discriminator_lr
        self._total_loss = torch.zeros((), dtype=torch.float64, device=self._device)
        self.epoch, self.step, self.finished = 0, 0, False
        self.best, self.best_W = float("-inf"), self.current_W()
        self.history: List[Dict[str, Any]] = []

    def take_step(self) -> None:
        """One step: some of the discriminator, then one of the mapping."""
        if self._device.type == "cpu":
            self._draw()
        else:
            self._draw_from_words_ahead()
        if self._device.type == "cuda":
            self._learn_on_cuda()
        else:
            self._learn()
        self.step += 1

    def _learn(self) -> None:
        """A step with what was drawn for it. The same work every time, and all of it in place."""
        W, beta, masks = self._W, self._options.beta, self._masks
        rows = self._rows
        # shape: (batches, batch, d)
        unmapped = self._mapped[rows[:, 0]]
        # shape: (batches, 2 * batch, d)
        vectors = torch.cat([unmapped @ W.T, self._fixed[rows[:, 1]]], dim=1)
        *of_discriminator, of_mapping = zip(vectors, _unstacked(masks, len(vectors)))
        # shape: (discriminator_steps, 2 * batch)
        logits = torch.stack(
            [
                self._discriminator.learn(batch, self._targets, self.discriminator_lr, batch_masks)
                for batch, batch_masks in of_discriminator
            ]
        )
        # shape: (discriminator_steps,)
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, self._targets.expand_as(logits), reduction="none"
        ).mean(dim=1)
        self._total_loss += losses.double().sum()
        batch, batch_masks = of_mapping
        # Eq. 4, shape: (2 * batch, d)
        gradient = self._discriminator.gradient_of_vectors(batch, 1 - self._targets, batch_masks)
        # shape: (batch, d)
        words = unmapped[-1]
        W.addmm_(gradient[: len(words)].T, words, alpha=-self.mapping_lr)
        # shape: (d, d)
        W.copy_((1 + beta) * W - beta * (W @ W.T) @ W)

    def _learn_on_cuda(self) -> None:
        """The first step as it is, so that all libraries are loaded; then it is recorded."""
        device = self._device
        with torch.cuda.device(device), tf32_products(self._options.allow_tf32):
            if not self._has_warmed_up:
                self._learn()
                self._has_warmed_up = True
                return
            if self._graph is None:
                self._graph = torch.cuda.CUDAGraph()
                # Records, but does nothing yet. By default the stream is the device's that was
                # first recorded on in this process.
                with torch.cuda.graph(self._graph, stream=torch.cuda.Stream(device)):
                    self._learn()
            self._graph.replay()

    @property
    def is_checkpoint_due(self) -> bool:
        return self.step % _STEPS_BETWEEN_CHECKPOINTS == 0

    def is_finite(self) -> bool:
        """Whether both players still are. What is not is never saved."""
        return bool(torch.isfinite(self._W).all()) and self._discriminator.is_finite()

    def mean_loss(self) -> float:
        """Of the discriminator, in this epoch."""
        return float(self._total_loss) / max(self.step * self._options.discriminator_steps, 1)

    def discriminator_accuracy(self) -> float:
        """On all frequent words of both languages; 0.5 if they cannot be told apart."""
        # shape: (frequent,)
        mapped = self._discriminator.logits(self._mapped @ self._W.T) < 0
        # shape: (frequent,)
        fixed = self._discriminator.logits(self._fixed) > 0
        return float(mapped.float().mean() + fixed.float().mean()) / 2

    def next_epoch(self, lr_factor: float) -> None:
        self.epoch, self.step = self.epoch + 1, 0
        self._total_loss.zero_()
        self.mapping_lr *= lr_factor
        self.discriminator_lr *= lr_factor
        self._graph = None  # the old learning rates are part of it

    def current_W(self) -> np.ndarray:
        """A copy, shape: (d, d)."""
        return np.array(self._W.cpu().numpy())

    def save(self, checkpoint: Checkpoint, name: str) -> None:
        values = {
            "epoch": self.epoch,
            "step": self.step,
            "finished": self.finished,
            "best": None if self.best == float("-inf") else self.best,
            "history": self.history,
            "mapping_lr": self.mapping_lr,
            "discriminator_lr": self.discriminator_lr,
            "total_loss": float(self._total_loss),
        }
        arrays = {"W": self.current_W(), "best_W": self.best_W, **self._discriminator.state()}
        arrays["random_state"] = torch.get_rng_state().numpy()
        if self._device.type == "cuda":
            arrays["cuda_random_state"] = torch.cuda.get_rng_state(self._device).numpy()
        checkpoint.save(name, values, arrays)

    def resume(self, checkpoint: Checkpoint, name: str) -> None:
        state = checkpoint.load(name)
        if state is None:
            return
        values, arrays = state
        self.epoch, self.step = values["epoch"], values["step"]
        self.finished = values["finished"]
        self.best = float("-inf") if values["best"] is None else values["best"]
        self.history = values["history"]
        self.mapping_lr = values["mapping_lr"]
        self.discriminator_lr = values["discriminator_lr"]
        self._total_loss.fill_(values["total_loss"])
        self._W.copy_(torch.from_numpy(arrays["W"]))
        self.best_W = arrays["best_W"]
        self._discriminator.load_state(arrays)
        self._rows_ahead, self._graph = iter(()), None
        torch.set_rng_state(torch.from_numpy(arrays["random_state"]))
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(torch.from_numpy(arrays["cuda_random_state"]), self._device)
        logger.info(
            "adversarial training goes on in epoch %d after %d steps.", self.epoch + 1, self.step
        )

    def _draw(self) -> None:
        for batch, masks in zip(self._rows, _unstacked(self._masks, len(self._rows))):
            self._draw_words(batch)
            self._discriminator.draw_masks(masks)

    def _draw_from_words_ahead(self) -> None:
        rows = next(self._rows_ahead, None)
        if rows is None:
            self._rows_ahead = iter(self._draw_words_ahead().to(self._device, non_blocking=True))
            rows = next(self._rows_ahead)
        self._rows.copy_(rows)
        self._discriminator.draw_masks(self._masks)

    def _draw_words_ahead(self) -> torch.Tensor:
        """
        The words of the next steps, shape: (steps, batches, 2, batch). Never beyond the next
        checkpoint, which has the random state at its step.
        """
        before_checkpoint = -self.step % _STEPS_BETWEEN_CHECKPOINTS or _STEPS_BETWEEN_CHECKPOINTS
        before_epochs_end = self._steps_per_epoch - self.step
        steps = max(1, min(_STEPS_DRAWN_AHEAD, before_checkpoint, before_epochs_end))
        rows = torch.empty(
            (steps, *self._rows.shape), dtype=torch.int64, pin_memory=self._device.type == "cuda"
        )
        for batch in rows.flatten(0, 1):
            self._draw_words(batch)
        return rows

    def _draw_words(self, rows: torch.Tensor) -> None:
        """A batch of each language, uniformly and with replacement, into `rows`, (2, batch)."""
        # On the CPU, so that a seed means the same words on every device.
        for language, vectors in zip(rows, (self._mapped, self._fixed)):
            torch.randint(len(vectors), language.shape, out=language)

    def _on_device(self, vectors: np.ndarray) -> torch.Tensor:
        frequent = np.ascontiguousarray(vectors[: self._options.most_frequent], dtype=np.float32)
        length: Optional[float] = self._options.vector_length
        if length is not None:
            mean_length = float(np.linalg.norm(frequent, axis=1).mean())
            # shape: (frequent, d)
            frequent = frequent * (length / mean_length)
        # shape: (frequent, d)
        return torch.from_numpy(frequent).to(self._device)


def _unstacked(masks: Masks, batches: int) -> List[Masks]:
    """The masks of each batch."""
    return [[None if mask is None else mask[batch] for mask in masks] for batch in range(batches)]
