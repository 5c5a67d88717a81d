"""Keeps a config's `type` from naming anything but a part of a model."""

from typing import Any, Callable, Optional, Tuple, Type

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError

_resolve: Callable[..., Tuple[Any, Optional[str]]] = Registrable.resolve_class_name.__func__


def resolve_class_name(cls: Type[Registrable], name: str) -> Tuple[Any, Optional[str]]:
    """
    Stands in for `Registrable.resolve_class_name`. For `"type": "some_module.some_name"` AllenNLP
    imports the module and calls whatever it finds there with the config's arguments,
    `subprocess.Popen` as well: the config of an archive from elsewhere could run any program. Here
    a name with dots must be that of a subclass of `cls`, or of a torch module.

    # Raises

    `ConfigurationError` if it is not, and where AllenNLP raises it.
    """
    found, constructor = _resolve(cls, name)
    is_registered = name in Registrable._registry[cls]
    if not is_registered and not (
        isinstance(found, type) and issubclass(found, (cls, torch.nn.Module))
    ):
        raise ConfigurationError(
            f"a config asks for a {cls.__name__} and names {name}, which is none: refused, since "
            "it would be called with the config's arguments"
        )
    return found, constructor
