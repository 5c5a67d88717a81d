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
from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.mapping.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Observer, Start, StartInput
from xner_allennlp.vectors import WordVectors

logger = logging.getLogger(__name__)

_STEPS_BETWEEN_REPORTS = 200


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
            state = AdversarialState(given.mapped, given.fixed, self, device)
            state.resume(given.checkpoint, given.checkpoint_name)
            for epoch in state.history:
                given.observer(epoch)
            with torch.no_grad():
                self._train(
                    state,
                    given.criterion,
                    lambda: state.save(given.checkpoint, given.checkpoint_name),
                    given.observer,
                )
        return Start(state.best_W, {"criterion": state.best, "steps": state.history})

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the mapping in an epoch."""
        return -(-self.words_per_epoch // self.batch_size)

    def _train(
        self,
        state: AdversarialState,
        criterion: Callable[[np.ndarray], float],
        save: Callable[[], None],
        observer: Observer,
    ) -> None:
        while state.epoch < self.epochs and not state.finished:
            self._train_epoch(state, save)
            if not state.is_finite():
                self._report_divergence(state)
                break
            # shape: (d, d)
            current_W = state.current_W()
            self._end_epoch(state, current_W, criterion(current_W))
            save()
            observer(state.history[-1])

    def _train_epoch(self, state: AdversarialState, save: Callable[[], None]) -> None:
        description = f"adversarial training, epoch {state.epoch + 1}/{self.epochs}"
        progress = Tqdm.tqdm(
            range(state.step, self.steps_per_epoch),
            desc=description,
            initial=state.step,
            total=self.steps_per_epoch,
        )
        for step in progress:
            state.take_step()
            save_is_due = state.is_checkpoint_due
            report_is_due = step % _STEPS_BETWEEN_REPORTS == 0
            if (save_is_due or report_is_due) and not state.is_finite():
                return
            if save_is_due:
                save()
            if report_is_due:
                progress.set_description(
                    f"{description}, discriminator loss {state.mean_loss():.3f}"
                    + (f", criterion {state.best:.4f}" if state.history else ""),
                    refresh=False,
                )

    def _end_epoch(self, state: AdversarialState, W: np.ndarray, value: float) -> None:
        fell = value < state.best
        record = {
            "epoch": state.epoch + 1,
            "criterion": value,
            "discriminator_loss": state.mean_loss(),
            "discriminator_accuracy": state.discriminator_accuracy(),
            "mapping_lr": state.mapping_lr,
        }
        state.history.append(record)
        logger.info(
            "adversarial training, epoch %d: criterion %.4f (%s), discriminator loss %.4f, "
            "accuracy %.2f",
            state.epoch + 1,
            value,
            f"lower than {state.best:.4f}" if fell else "the best so far",
            record["discriminator_loss"],
            record["discriminator_accuracy"],
        )
        if value > state.best:
            state.best, state.best_W = value, W
        factor = self.lr_decay * (self.lr_shrink if fell else 1)
        state.next_epoch(factor)
        if state.mapping_lr < self.min_lr:
            logger.info("the learning rate is below min_lr: adversarial training ends.")
            state.finished = True

    def _report_divergence(self, state: AdversarialState) -> None:
        message = (
            f"Adversarial training diverged in epoch {state.epoch + 1}, by step {state.step} of "
            f"{self.steps_per_epoch}: the mapping or the discriminator is no longer finite. Lower "
            f"mapping_lr (now {state.mapping_lr:g}) and discriminator_lr (now "
            f'{state.discriminator_lr:g}), or normalise the vectors (normalize: ["renorm"]).'
        )
        if state.epoch == 0:
            raise ConfigurationError(message)
        logger.warning("%s The best mapping before that is kept.", message)
