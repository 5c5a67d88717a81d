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
    for name in names:
        _check(name, getattr(settings, name), bounds)


def check_at_least_one(owner: str = "", **settings: Optional[int]) -> None:
    """
    Checks that settings, as far as they are not `None`, are at least 1.

    # Parameters

    owner : `str`, optional (default = `""`)
        Whose settings they are, for the message.
    **settings
        Their values by their names.

    # Raises

    `ConfigurationError`
    """
    for name, value in settings.items():
        _check(f"{owner}: {name}" if owner else name, value, AT_LEAST_ONE)


def check_lists(**settings: Any) -> None:
    """
    Checks that settings which are lists of names are not a name alone, which would be taken for a
    list of its letters.

    # Raises

    `ConfigurationError`
    """
    for name, value in settings.items():
        if isinstance(value, str):
            raise ConfigurationError(f'{name} is "{value}", but is to be a list: ["{value}"]')


def _check(name: str, value: Optional[float], bounds: Tuple[float, Optional[float]]) -> None:
    least, largest = bounds
    if value is None:
        return
    # NaN is neither above nor below anything.
    if not (value >= least and (largest is None or value <= largest)):
        allowed = f"at least {least:g}" if largest is None else f"from {least:g} to {largest:g}"
        raise ConfigurationError(f"{name} must be {allowed}, not {value}.")
