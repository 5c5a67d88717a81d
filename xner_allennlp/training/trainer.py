"""AllenNLP's trainer, with callbacks that have names."""

import inspect
import json
import logging
from typing import Any, Dict, List

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer, Trainer

from xner_allennlp.common.bounds import check_lists
from xner_allennlp.common.misspelling import meant_by

logger = logging.getLogger(__name__)


@Trainer.register("named_callbacks", constructor="from_partial_objects")
class NamedCallbacksTrainer(GradientDescentTrainer):
    """
    AllenNLP's `GradientDescentTrainer`, whose callbacks a config file may give as an object of name
    and block. So one of them is changed, added or (with `null`) taken away by its name:

        -o '{"trainer.callbacks.source_passes.num_passes": 5}'
        -o '{"trainer.callbacks.tensorboard": {}}'
        -o '{"trainer.callbacks.stop_on_divergence": null}'

    Registered as a `Trainer` with name "named_callbacks". What is built is AllenNLP's own trainer,
    with a list of callbacks.

    # Parameters

    callbacks : `Union[Dict[str, Lazy[TrainerCallback]], List[Lazy[TrainerCallback]]]`, optional
        In an object, the `type` of a block is its name where it says no other. A list is what
        AllenNLP takes.
    callback_order : `List[str]`, optional (default = `[]`)
        Jsonnet sorts the names of an object, so it cannot tell what comes first. The callbacks
        named here are called first, in this order, then the others in the order of their names.
        It may name callbacks that there are not, and does not concern a list.
    warning : `str`, optional
        Logged when training starts.

    All other parameters are `GradientDescentTrainer`'s.

    # Raises

    `ConfigurationError`
        If an option is unknown (AllenNLP's trainer passes over it), `num_epochs` is given beside
        the callback `source_passes`, which sets it, callbacks that ask for it are called before, or
        a name has no block.
    """

    @classmethod
    def from_params(cls, params: Params, *args: Any, **extras: Any) -> "NamedCallbacksTrainer":
        _check_options(params)
        warning = params.pop("warning", None)
        order = params.pop("callback_order", [])
        check_lists(callback_order=order)
        blocks = params.get("callbacks") or []
        if isinstance(blocks, Params):
            blocks = _in_order(blocks.as_dict(quiet=True), order)
            params["callbacks"] = blocks
        types = [block if isinstance(block, str) else block.get("type") for block in blocks]
        _check_passes_come_first(types)
        if "source_passes" in types and "num_epochs" in params:
            raise ConfigurationError(
                "trainer.num_epochs has no effect, the callback source_passes sets it: change "
                "trainer.callbacks.source_passes.num_passes, passes over the source data"
            )
        if warning is not None:
            logger.warning(warning)
        return super().from_params(params, *args, **extras)


def _check_options(params: Params) -> None:
    """AllenNLP's constructor takes any further argument, and does nothing with it."""
    arguments = inspect.signature(GradientDescentTrainer.from_partial_objects).parameters
    known = [name for name in [*arguments, "callback_order", "warning"] if name != "kwargs"]
    for name in params:
        if name not in known:
            meant = meant_by(name, known, prefix="trainer.")
            raise ConfigurationError(f"trainer.{name} is no option of the trainer; {meant}")


def _check_passes_come_first(types: List[Any]) -> None:
    """What asks how many epochs there are must be called behind the callback that says it."""
    if "source_passes" not in types:
        return
    for early in types[: types.index("source_passes")]:
        if early in ("exact_recovery", "pseudo_labels"):
            raise ConfigurationError(
                f"the callback source_passes comes behind {early}, which asks it how long training "
                "is: let it be the first in trainer.callback_order, or in a list of callbacks"
            )


def _in_order(blocks: Dict[str, Any], order: List[str]) -> List[Dict[str, Any]]:
    """The blocks as a list, each with its type; blocks that are `None` are left out."""
    names = [name for name in order if name in blocks]
    names += sorted(set(blocks) - set(names))
    for name in names:
        if not isinstance(blocks[name], (dict, type(None))):
            raise ConfigurationError(
                f"trainer.callbacks.{name} is {json.dumps(blocks[name])}, but is to be an object, "
                "{} for the defaults, or null for no such callback"
            )
    return [{"type": name, **blocks[name]} for name in names if blocks[name] is not None]
