from typing import TYPE_CHECKING

from allennlp.common.checks import ConfigurationError

from xner_allennlp.data import CrossLingualDataLoader

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer


def cross_lingual_loader(
    trainer: "GradientDescentTrainer", callback: str
) -> CrossLingualDataLoader:
    """The trainer's data loader, which `callback` needs to be a `cross_lingual` one."""
    loader = trainer.data_loader
    if not isinstance(loader, CrossLingualDataLoader) or not loader.shuffle:
        raise ConfigurationError(
            f'the callback "{callback}" needs the data loader '
            '{"type": "cross_lingual", "shuffle": true} for training, '
            f"got {type(loader).__name__}"
        )
    return loader
