"""What bad input may lead to: `ConfigurationError`, with a message that helps, and nothing else."""

from pathlib import Path
from typing import Any, Callable, Optional

from allennlp.common.checks import ConfigurationError

LONGEST_MESSAGE = 3000


def read_or_refuse(read: Callable[..., Any], path: Path, **options: Any) -> Optional[Any]:
    """What `read` makes of a file; `None` if it refuses it with a message that names the file."""
    try:
        return read(path, **options)
    except ConfigurationError as error:
        message = str(error)
        assert str(path) in message, message
        assert len(message) < LONGEST_MESSAGE, message
        return None
