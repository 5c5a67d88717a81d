"""By what a run has chosen its best epoch."""

from typing import Any, Dict


def validation_metric(config: Dict[str, Any]) -> str:
    """The trainer's metric without its sign; of a list, whose sum counts, all of them."""
    given = config.get("trainer", {}).get("validation_metric", "-loss")
    return " + ".join(each[1:] for each in (given if isinstance(given, list) else [given]))
