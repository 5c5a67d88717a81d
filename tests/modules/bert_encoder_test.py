"""BERT, RoBERTa and XLM-R beside those of transformers."""

from typing import Any, Dict

import pytest
import torch
from transformers import AutoConfig, AutoModel

from xner_allennlp.modules.bert_encoder import BertEncoder

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


def beside_transformers(config: Dict[str, Any]) -> Any:
    """Both with the same random weights."""
    torch.manual_seed(1)
    theirs = AutoModel.from_config(AutoConfig.for_model(**config)).eval()
    theirs.pooler = None
    ours = BertEncoder(config)
    with torch.no_grad():
        for name, weight in theirs.named_parameters():
            owner, _, own_name = name.rpartition(".")
            weight.normal_(0.1, 0.4)
            setattr(ours.get_submodule(owner), own_name, torch.nn.Parameter(weight))
    assert {name for name, _ in ours.named_parameters()} == {
        name for name, _ in theirs.named_parameters()
    }
    return ours, theirs


@pytest.mark.parametrize("kind", KINDS)
def test_equals_transformers(kind: Dict[str, Any]) -> None:
    ours, theirs = beside_transformers({**SMALL, **kind})
    padding = theirs.config.pad_token_id
    # The padding piece may be a word's, too.
    pieces = torch.randint(0, 30, (4, 17))
    mask = torch.ones_like(pieces)
    for row, length in ((1, 9), (2, 1)):
        pieces[row, length:] = padding
        mask[row, length:] = 0
    for rows in ([0, 1, 2, 3], [0, 3]):
        given = {"input_ids": pieces[rows], "attention_mask": mask[rows]}
        with torch.no_grad():
            found = ours(**given, output_hidden_states=True)
            expected = theirs(**given, output_hidden_states=True)
            assert torch.equal(ours(**given).last_hidden_state, found.last_hidden_state)
        is_read = mask[rows].bool()
        assert len(found.hidden_states) == len(expected.hidden_states) == 4
        for each, other in zip(found.hidden_states, expected.hidden_states):
            torch.testing.assert_close(each[is_read], other[is_read], atol=1e-5, rtol=1e-5)


def test_layers_that_are_not_built() -> None:
    ours = BertEncoder({**SMALL, "model_type": "bert"}, 0)
    assert {name.split(".")[0] for name, _ in ours.named_parameters()} == {"embeddings"}


@pytest.mark.parametrize(
    "changed",
    [
        {"model_type": "electra"},
        {"model_type": None},
        {"hidden_act": "gelu_new"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
    ],
)
def test_what_it_does_not_serve(changed: Dict[str, Any]) -> None:
    config = {**SMALL, "model_type": "bert"}
    assert BertEncoder.serves(config)
    assert not BertEncoder.serves({**config, **changed})
