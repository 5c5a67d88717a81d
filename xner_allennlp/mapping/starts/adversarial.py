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

from xner_allennlp.mapping.starts.adversarial_settings import AdversarialSettings
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Observer, Start, StartInput
from xner_allennlp.vectors import WordVectors

logger = logging.getLogger(__name__)

_STEPS_BETWEEN_REPORTS = 200


@MappingStart.register("adversarial")
@dataclass(frozen=True)
class AdversarialTraining(AdversarialSettings, MappingStart):
    """
    Adversarial training, which needs no word pairs. The defaults are MUSE's.

    Registered as a `MappingStart` with name "adversarial", which is the default.

    See [`AdversarialSettings`](./adversarial_settings.md) for the parameters.
    """

    advice = (
        'preset "robust" (no GAN), several seeds (restarts: 5), normalize: ["renorm", "center", '
        '"renorm"]'
    )

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
