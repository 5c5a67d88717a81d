"""The steps of adversarial training, one by one."""

import pytest
import torch

from xner_allennlp.mapping.starts import AdversarialTraining
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState


def test_words_drawn_ahead_are_those_of_step_by_step(vectors) -> None:
    """What CUDA does for its graphs; here without dropout, whose masks the CPU draws in between."""
    options = AdversarialTraining(hidden_dim=4, input_dropout=0.0, words_per_epoch=32 * 7)
    torch.manual_seed(4)
    state = AdversarialState(*vectors, options, torch.device("cpu"))
    random_state = torch.get_rng_state()
    ahead = state._draw_words_ahead()
    assert ahead.shape == (7, 6, 2, 32)  # no further than to the end of the epoch
    torch.set_rng_state(random_state)
    for rows in ahead:
        state._draw()
        assert torch.equal(state._rows, rows)


@pytest.mark.parametrize("step, expected", [(0, 20), (1990, 10), (1999, 1), (2000, 20)])
def test_no_words_are_drawn_beyond_a_checkpoint(vectors, step: int, expected: int) -> None:
    state = AdversarialState(*vectors, AdversarialTraining(hidden_dim=4), torch.device("cpu"))
    state.step = step
    assert len(state._draw_words_ahead()) == expected


def test_orthogonality_update_is_the_formula(vectors) -> None:
    options = AdversarialTraining(beta=0.25, mapping_lr=0.0, hidden_dim=8)
    state = AdversarialState(*vectors, options, torch.device("cpu"))
    W = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    state._W.copy_(W)
    with torch.no_grad():
        state.take_step()
    torch.testing.assert_close(state._W, 1.25 * W - 0.25 * W @ W.T @ W)
