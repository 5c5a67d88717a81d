"""States of BERT, RoBERTa and XLM-R beside those of transformers."""

from typing import Any, Dict, List, Optional, Tuple

import pytest
import torch
from transformers import AutoConfig, AutoModel

from xner_allennlp.modules import bert_states as module
from xner_allennlp.modules.bert_encoder import BertEncoder
from xner_allennlp.modules.bert_states import bert_states

SMALL = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "max_position_embeddings": 21,
    "num_attention_heads": 3,
    "num_hidden_layers": 3,
    "vocab_size": 30,
}
KINDS = [
    {"model_type": "bert"},
    {"model_type": "bert", "hidden_act": "relu", "pad_token_id": 2, "type_vocab_size": 1},
    {"model_type": "roberta"},
    {"model_type": "camembert", "layer_norm_eps": 0.1},
    {"model_type": "xlm-roberta", "pad_token_id": 3},
]


def of_transformers(config: Dict[str, Any]) -> Any:
    torch.manual_seed(1)
    encoder = AutoModel.from_config(AutoConfig.for_model(**config)).eval()
    encoder.pooler = None
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.normal_(0.1, 0.4)
    return encoder


def with_weights_of(encoder: Any, config: Dict[str, Any]) -> BertEncoder:
    ours = BertEncoder(config).eval()
    for name, weight in encoder.named_parameters():
        owner, _, own_name = name.rpartition(".")
        setattr(ours.get_submodule(owner), own_name, torch.nn.Parameter(weight.detach()))
    expected = {name for name, _ in encoder.named_parameters()}
    assert {name for name, _ in ours.named_parameters()} == expected
    return ours


def windows(padding: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """Pieces of four windows, two of them with padding, and where they are."""
    # The padding piece may be a word's, too.
    pieces = torch.randint(0, 30, (4, 17))
    mask = torch.ones_like(pieces)
    for row, length in ((1, 9), (2, 1)):
        pieces[row, length:] = padding
        mask[row, length:] = 0
    return pieces, mask


@pytest.mark.parametrize("layers", [None, [0], [3], [1, 0, 3, 3]])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_transformers(kind: Dict[str, Any], layers: Optional[List[int]]) -> None:
    config = {**SMALL, **kind}
    theirs = of_transformers(config)
    pieces, mask = windows(theirs.config.pad_token_id)
    with torch.no_grad():
        expected = theirs(pieces, mask, output_hidden_states=True).hidden_states
        expected = torch.stack([expected[layer] for layer in layers or [3]]).mean(0)
        for encoder in (theirs, with_weights_of(theirs, config)):
            # A rectangle with padding.
            wanted = mask.flatten().nonzero()[::2, 0]
            found = bert_states(encoder, [pieces], mask, wanted, layers)
            torch.testing.assert_close(found, expected.flatten(0, 1)[wanted], atol=1e-5, rtol=1e-5)
            # Each length by itself.
            grids = [pieces[[0, 3]], pieces[1:2, :9], pieces[2:3, :1]]
            found = bert_states(encoder, grids, None, torch.tensor([43, 3, 20, 34, 3]), layers)
            places = ((2, 0), (0, 3), (3, 3), (1, 0), (0, 3))
            there = torch.stack([expected[row, column] for row, column in places])
            torch.testing.assert_close(found, there, atol=1e-5, rtol=1e-5)


def test_gradients_equal_transformers() -> None:
    theirs = of_transformers({**SMALL, "model_type": "xlm-roberta"})
    pieces, mask = windows(1)
    weights = torch.randn(4, 17, 24)
    gradients = []
    grids = [pieces[[0, 3]], pieces[1:2, :9], pieces[2:3, :1]]
    rows = [weights[[0, 3]].flatten(0, 1), weights[1, :9], weights[2, :1]]
    for loss in (
        (theirs(pieces, mask).last_hidden_state * weights * mask[..., None]).sum(),
        (bert_states(theirs, grids, None, torch.arange(44)) * torch.cat(rows)).sum(),
    ):
        theirs.zero_grad()
        loss.backward()
        gradients.append({n: p.grad.clone() for n, p in theirs.named_parameters()})
    for name, expected in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("part", ["hidden_dropout_prob", "attention_probs_dropout_prob"])
def test_dropout_in_training(part: str) -> None:
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    encoder = of_transformers({**SMALL, **none, part: 0.3, "model_type": "bert"})
    pieces, wanted = torch.randint(3, 30, (2, 7)), torch.arange(14)

    def states() -> torch.Tensor:
        return bert_states(encoder, [pieces], None, wanted).detach()

    assert torch.equal(states(), states())
    encoder.train()
    assert not torch.equal(states(), states())


def test_before_torch_had_dot_product_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = of_transformers({**SMALL, "model_type": "bert"})
    pieces, mask = windows(0)
    wanted = mask.flatten().nonzero()[:, 0]
    with torch.no_grad():
        expected = bert_states(encoder, [pieces], mask, wanted)
        monkeypatch.delattr(module.functional, "scaled_dot_product_attention", raising=False)
        found = bert_states(encoder, [pieces], mask, wanted)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
