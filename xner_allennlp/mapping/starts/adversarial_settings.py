"""The settings of adversarial training."""

from dataclasses import dataclass
from typing import Optional

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values


@dataclass(frozen=True)
class AdversarialSettings:
    """
    The defaults are MUSE's, whose procedure differs in three details: there the mapping's steps see
    the discriminator without dropout, the learning rate of the discriminator stays as it is, and
    `lr_shrink` is applied from the second epoch below the best on.

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
        if self.vector_length is not None and not self.vector_length > 0:
            raise ConfigurationError(f"vector_length must be above 0, not {self.vector_length}.")

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the mapping in an epoch."""
        return -(-self.words_per_epoch // self.batch_size)
