"""Checks that settings have possible values."""

from dataclasses import fields
from typing import Any, Optional, Sequence, Tuple, get_args

from allennlp.common.checks import ConfigurationError

AT_LEAST_ONE: Tuple[float, Optional[float]] = (1, None)
NOT_NEGATIVE: Tuple[float, Optional[float]] = (0, None)


def check_values(settings: Any) -> None:
    """
    Checks that no setting of a dataclass is `None` which may not be.

    # Raises

    `ConfigurationError`
    """
    for setting in fields(settings):
        if getattr(settings, setting.name) is None and type(None) not in get_args(setting.type):
            raise ConfigurationError(f"{setting.name} must have a value, not null.")


def check_bounds(
    settings: Any, bounds: Tuple[float, Optional[float]], names: Sequence[str]
) -> None:
    """
    Checks that the named settings, as far as they are not `None`, are within bounds.

    # Parameters

    settings : `Any`
        An object with these attributes.
    bounds : `Tuple[float, Optional[float]]`
        The least and the largest value allowed; `None` for any.
    names : `Sequence[str]`

    # Raises

    `ConfigurationError`
    """
    least, largest = bounds
    for name in names:
        value = getattr(settings, name)
        if value is None:
            continue
        if value < least or (largest is not None and value > largest):
            allowed = f"at least {least:g}" if largest is None else f"from {least:g} to {largest:g}"
            raise ConfigurationError(f"{name} must be {allowed}, not {value}.")
