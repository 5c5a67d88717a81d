"""What is written of an exported tagger's weights."""

from typing import Any

import pytest
import torch

from xner_allennlp.tagger.folder import _halved


@pytest.mark.parametrize("exact", [True, False])
def test_half_precision_where_it_loses_nothing(
    exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside what has half precision already, which torch 1.12 compares with nothing else."""
    equal = torch.equal

    def of_one_type(first: torch.Tensor, second: torch.Tensor) -> bool:
        assert first.dtype == second.dtype
        return equal(first, second)

    monkeypatch.setattr(torch, "equal", of_one_type)
    weights: Any = {
        "embedder.weight": torch.tensor([1.5 if exact else 0.1]),
        "subwords.vectors": torch.tensor([0.1]).half(),
        "flag": torch.tensor(1, dtype=torch.uint8),
    }
    halved = _halved(weights)
    assert halved["embedder.weight"].dtype == (torch.half if exact else torch.float)
    assert all(equal(halved[name].to(weights[name]), weights[name]) for name in weights)
