"""
Adversarial training of the mapping (Algorithm 1, lines 1; eqs. 3 and 4), without any dictionary.

A discriminator D learns to tell mapped vectors W y from vectors x of the other language,

    L_D   = - mean log P_D(stays = 0 | W y) - mean log P_D(stays = 1 | x)            (eq. 3)

and W learns to make that impossible:

    L_adv = - mean log P_D(stays = 1 | W y) - mean log P_D(stays = 0 | x)            (eq. 4)

After each step W is drawn back towards the orthogonal matrices, W <- (1 + beta) W - beta (W W^T) W.
Both losses are averaged over the whole batch of both languages, as MUSE does: half the sum above.

On CUDA a step is a hundred kernels of a few microseconds, which the host cannot launch as fast as
they run. There the words of many steps are drawn ahead, and a step is recorded once as a CUDA graph
and played again; the host waits for it only where something is reported or saved.
"""

import logging
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common.tf32 import tf32_products
from xner_allennlp.mapping.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values
from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.starts.discriminator import Discriminator, Masks
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Observer, Start, StartInput
from xner_allennlp.vectors import WordVectors

logger = logging.getLogger(__name__)

_STEPS_BETWEEN_REPORTS = 200
_STEPS_BETWEEN_CHECKPOINTS = 2000
# On CUDA. More would keep the device waiting when the first ones after a report are drawn.
_STEPS_DRAWN_AHEAD = 20


@MappingStart.register("adversarial")
@dataclass(frozen=True)
class AdversarialTraining(MappingStart):
    """
    Adversarial training, which needs no word pairs. The defaults are MUSE's.

    Registered as a `MappingStart` with name "adversarial", which is the default.

    # Parameters

    epochs : `int`, optional (default = `5`)
        After each epoch the criterion is computed; the best epoch's matrix is the start.
    words_per_epoch : `int`, optional (default = `1000000`)
        Words that an epoch samples of each language for the steps of the mapping, of which there
        are `words_per_epoch / batch_size`, rounded up.
    batch_size : `int`, optional (default = `32`)
        Words of each language in a batch.
    most_frequent : `int`, optional (default = `75000`)
        Words are sampled uniformly from this number of most frequent words of each language.
    discriminator_steps : `int`, optional (default = `5`)
        Steps of the discriminator before each step of the mapping.
    hidden_dim : `int`, optional (default = `2048`)
        Size of the discriminator's hidden layers.
    num_layers : `int`, optional (default = `2`)
        Number of the discriminator's hidden layers.
    input_dropout, hidden_dropout : `float`, optional (default = `0.1` and `0.0`)
        Dropout on the input and on the hidden layers of the discriminator.
    label_smoothing : `float`, optional (default = `0.1`)
        The discriminator learns the targets `label_smoothing` and `1 - label_smoothing` in place of
        0 and 1.
    mapping_lr, discriminator_lr : `float`, optional (default = `0.1`)
        Learning rates of plain SGD.
    lr_decay : `float`, optional (default = `0.98`)
        Both learning rates are multiplied by it after each epoch.
    lr_shrink : `float`, optional (default = `0.5`)
        Both are also multiplied by it after an epoch whose criterion is below the best so far.
    min_lr : `float`, optional (default = `1e-6`)
        Training ends when the mapping's learning rate is below it.
    beta : `float`, optional (default = `0.001`)
        Strength of the step towards the orthogonal matrices.
    vector_length : `float`, optional
        If given, each language's vectors are scaled to this mean length while training. The matrix
        does not depend on lengths, so learning rates that suit one pair of files then suit others.
    allow_tf32 : `bool`, optional (default = `False`)
        On CUDA, matrices are multiplied in TF32: faster, to three digits.

    # Raises

    `ConfigurationError`
        If a parameter has an impossible value.
    """

    epochs: int = 5
    words_per_epoch: int = 1_000_000
    batch_size: int = 32
    most_frequent: int = 75_000
    discriminator_steps: int = 5
    hidden_dim: int = 2048
    num_layers: int = 2
    input_dropout: float = 0.1
    hidden_dropout: float = 0.0
    label_smoothing: float = 0.1
    mapping_lr: float = 0.1
    discriminator_lr: float = 0.1
    lr_decay: float = 0.98
    lr_shrink: float = 0.5
    min_lr: float = 1e-6
    beta: float = 0.001
    vector_length: Optional[float] = None
    allow_tf32: bool = False

    advice = (
        'preset "robust" (no GAN), several seeds (restarts: 5), normalize: ["renorm", "center", '
        '"renorm"]'
    )

    def __post_init__(self) -> None:
        check_values(self)
        check_bounds(self, AT_LEAST_ONE, ("epochs", "words_per_epoch", "batch_size"))
        check_bounds(self, AT_LEAST_ONE, ("most_frequent", "discriminator_steps", "hidden_dim"))
        check_bounds(self, NOT_NEGATIVE, ("num_layers", "mapping_lr", "discriminator_lr"))
        check_bounds(self, NOT_NEGATIVE, ("lr_decay", "lr_shrink", "min_lr", "beta"))
        for name, limit in (("input_dropout", 1), ("hidden_dropout", 1), ("label_smoothing", 0.5)):
            if not 0 <= getattr(self, name) < limit:
                raise ConfigurationError(
                    f"{name} must be at least 0 and less than {limit}, not {getattr(self, name)}."
                )
        if self.vector_length is not None and self.vector_length <= 0:
            raise ConfigurationError(f"vector_length must be above 0, not {self.vector_length}.")

    def word_pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
    ) -> np.ndarray:
        for vectors in (source, target):
            if len(vectors) < self.most_frequent:
                logger.warning(
                    "%s has %d words, fewer than most_frequent (%d): adversarial training draws "
                    "from all of them.",
                    vectors.path,
                    len(vectors),
                    self.most_frequent,
                )
        return super().word_pairs(source, target, seed_dictionary)

    def find(self, given: StartInput) -> Start:
        """
        Trains, and returns the matrix of the epoch with the best criterion. The record has that
        `"criterion"` and, as `"steps"`, every epoch's criterion, learning rate, mean loss of the
        discriminator and its accuracy at the end.

        The same seed gives the same matrix on the same device and number of threads.

        # Raises

        `ConfigurationError`
            If training diverges before the end of the first epoch.
        """
        device = torch.device(given.device)
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(given.seed)
            game = _Game(given.mapped, given.fixed, self, device)
            game.resume(given.checkpoint, given.checkpoint_name)
            for epoch in game.history:
                given.observer(epoch)
            with torch.no_grad():
                self._train(
                    game,
                    given.criterion,
                    lambda: game.save(given.checkpoint, given.checkpoint_name),
                    given.observer,
                )
        return Start(game.best_W, {"criterion": game.best, "steps": game.history})

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the mapping in an epoch."""
        return -(-self.words_per_epoch // self.batch_size)

    def _train(
        self,
        game: "_Game",
        criterion: Callable[[np.ndarray], float],
        save: Callable[[], None],
        observer: Observer,
    ) -> None:
        while game.epoch < self.epochs and not game.finished:
            self._train_epoch(game, save)
            if not game.is_finite():
                self._report_divergence(game)
                break
            current_W = game.current_W()  # shape: (d, d)
            self._end_epoch(game, current_W, criterion(current_W))
            save()
            observer(game.history[-1])

    def _train_epoch(self, game: "_Game", save: Callable[[], None]) -> None:
        description = f"adversarial training, epoch {game.epoch + 1}/{self.epochs}"
        progress = Tqdm.tqdm(
            range(game.step, self.steps_per_epoch),
            desc=description,
            initial=game.step,
            total=self.steps_per_epoch,
        )
        for step in progress:
            game.play()
            save_is_due = game.step % _STEPS_BETWEEN_CHECKPOINTS == 0
            report_is_due = step % _STEPS_BETWEEN_REPORTS == 0
            if (save_is_due or report_is_due) and not game.is_finite():
                return
            if save_is_due:
                save()
            if report_is_due:
                progress.set_description(
                    f"{description}, discriminator loss {game.mean_loss():.3f}"
                    + (f", criterion {game.best:.4f}" if game.history else ""),
                    refresh=False,
                )

    def _end_epoch(self, game: "_Game", W: np.ndarray, value: float) -> None:
        fell = value < game.best
        record = {
            "epoch": game.epoch + 1,
            "criterion": value,
            "discriminator_loss": game.mean_loss(),
            "discriminator_accuracy": game.discriminator_accuracy(),
            "mapping_lr": game.mapping_lr,
        }
        game.history.append(record)
        logger.info(
            "adversarial training, epoch %d: criterion %.4f (%s), discriminator loss %.4f, "
            "accuracy %.2f",
            game.epoch + 1,
            value,
            f"lower than {game.best:.4f}" if fell else "the best so far",
            record["discriminator_loss"],
            record["discriminator_accuracy"],
        )
        if value > game.best:
            game.best, game.best_W = value, W
        factor = self.lr_decay * (self.lr_shrink if fell else 1)
        game.next_epoch(factor)
        if game.mapping_lr < self.min_lr:
            logger.info("the learning rate is below min_lr: adversarial training ends.")
            game.finished = True

    def _report_divergence(self, game: "_Game") -> None:
        message = (
            f"Adversarial training diverged in epoch {game.epoch + 1}, by step {game.step} of "
            f"{self.steps_per_epoch}: the mapping or the discriminator is no longer finite. Lower "
            f"mapping_lr (now {game.mapping_lr:g}) and discriminator_lr (now "
            f'{game.discriminator_lr:g}), or normalise the vectors (normalize: ["renorm"]).'
        )
        if game.epoch == 0:
            raise ConfigurationError(message)
        logger.warning("%s The best mapping before that is kept.", message)


class _Game:
    """Both players and all that changes while they play."""

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        options: AdversarialTraining,
        device: torch.device,
    ) -> None:
        self._options = options
        self._device = device
        self._steps_per_epoch = options.steps_per_epoch
        dim = mapped.shape[1]
        self._W = torch.eye(dim, device=self._device)  # shape: (d, d)
        self._discriminator = Discriminator(
            dim,
            hidden_dim=options.hidden_dim,
            num_layers=options.num_layers,
            input_dropout=options.input_dropout,
            hidden_dropout=options.hidden_dropout,
            device=self._device,
        )
        self._mapped = self._on_device(mapped)  # shape: (frequent, d)
        self._fixed = self._on_device(fixed)  # shape: (frequent, d)
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

    def play(self) -> None:
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
        unmapped = self._mapped[rows[:, 0]]  # shape: (batches, batch, d)
        vectors = torch.cat(
            [unmapped @ W.T, self._fixed[rows[:, 1]]], dim=1
        )  # shape: (batches, 2 * batch, d)
        *of_discriminator, of_mapping = zip(vectors, _unstacked(masks, len(vectors)))
        logits = torch.stack(
            [
                self._discriminator.learn(batch, self._targets, self.discriminator_lr, batch_masks)
                for batch, batch_masks in of_discriminator
            ]
        )  # shape: (discriminator_steps, 2 * batch)
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, self._targets.expand_as(logits), reduction="none"
        ).mean(dim=1)  # shape: (discriminator_steps,)
        self._total_loss += losses.double().sum()
        batch, batch_masks = of_mapping
        gradient = self._discriminator.gradient_of_vectors(
            batch, 1 - self._targets, batch_masks
        )  # eq. 4, shape: (2 * batch, d)
        words = unmapped[-1]  # shape: (batch, d)
        W.addmm_(gradient[: len(words)].T, words, alpha=-self.mapping_lr)
        W.copy_((1 + beta) * W - beta * (W @ W.T) @ W)  # shape: (d, d)

    def _learn_on_cuda(self) -> None:
        """The first step as it is, so that all libraries are loaded; then it is recorded."""
        with tf32_products(self._options.allow_tf32):
            if not self._has_warmed_up:
                self._learn()
                self._has_warmed_up = True
                return
            if self._graph is None:
                self._graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self._graph):  # records, but does nothing yet
                    self._learn()
        self._graph.replay()

    def is_finite(self) -> bool:
        """Whether both players still are. What is not is never saved."""
        return bool(torch.isfinite(self._W).all()) and self._discriminator.is_finite()

    def mean_loss(self) -> float:
        """Of the discriminator, in this epoch."""
        return float(self._total_loss) / max(self.step * self._options.discriminator_steps, 1)

    def discriminator_accuracy(self) -> float:
        """On all frequent words of both languages; 0.5 if they cannot be told apart."""
        mapped = self._discriminator.logits(self._mapped @ self._W.T) < 0  # shape: (frequent,)
        fixed = self._discriminator.logits(self._fixed) > 0  # shape: (frequent,)
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
        Of the next steps, but not beyond those that a checkpoint separates: it has the random state
        after them. Shape: (steps, batches, 2, batch).
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
            frequent = frequent * (length / mean_length)  # shape: (frequent, d)
        return torch.from_numpy(frequent).to(self._device)  # shape: (frequent, d)


def _unstacked(masks: Masks, batches: int) -> List[Masks]:
    """The masks of each batch."""
    return [[None if mask is None else mask[batch] for mask in masks] for batch in range(batches)]
