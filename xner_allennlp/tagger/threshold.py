"""The probability that an entity must have to be given out."""

from numbers import Real
from typing import Dict, Mapping, Sequence, Union

from xner_allennlp.common.errors import InputError

Threshold = Union[float, Mapping[str, float]]
"""One of all types, or that of each type."""


def thresholds_by_type(threshold: Threshold, types: Sequence[str]) -> Dict[str, float]:
    """
    That of each of the `types` that the tagger finds, 0 where a dictionary names none.

    # Raises

    `InputError`
        If one is not from 0 to 1, or a dictionary names other types.
    """
    given = threshold if isinstance(threshold, Mapping) else dict.fromkeys(types, threshold)
    unknown = sorted(map(str, set(given) - set(types)))
    if unknown:
        raise InputError(
            f"the threshold names the types {', '.join(unknown)}; this tagger finds "
            f"{', '.join(types)}"
        )
    for value in given.values():
        if not isinstance(value, Real) or not 0.0 <= value <= 1.0:
            raise InputError(
                f"the threshold {value!r} is no probability; give a number from 0 to 1"
            )
    return {name: given.get(name, 0.0) for name in types}
