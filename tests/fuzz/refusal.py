"""Bad input may raise only `ConfigurationError`, with a message that helps."""

from pathlib import Path
from typing import Any, Callable, Optional

from allennlp.common.checks import ConfigurationError

LONGEST_MESSAGE = 3000


def read_or_refuse(read: Callable[..., Any], path: Path, **options: Any) -> Optional[Any]:
    """The result of `read`; `None` if it refuses the file with a message that names the file."""
    try:
        return read(path, **options)
    except ConfigurationError as error:
        message = str(error)
        assert str(path) in message, message
        assert len(message) < LONGEST_MESSAGE, message
        return None
