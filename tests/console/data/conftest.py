from typing import Any

import pytest

from xner_allennlp.console.data import main


@pytest.fixture
def run(runner_of: Any) -> Any:
    """Runs `xner-data`."""
    return runner_of(main)
