"""The configs in `training_configs/`, evaluated."""

from typing import Any, Dict

import pytest
from allennlp.common import Params

from tests.tiny_runs import ROOT

CONFIGS = ROOT / "training_configs"


def config_of(name: str, pair: str = "en_nl") -> Dict[str, Any]:
    """The config of a system, of the mapping, or (`ablations/...`) of an ablation."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XNER_PAIR", pair)
        return Params.from_file(CONFIGS / f"{name}.jsonnet").as_dict(quiet=True)
