"""Which encoders are of BERT's architecture, and their parts."""

from typing import Any, Dict

import pytest

from xner_allennlp.modules.bert_encoder import BertEncoder

SMALL = {"model_type": "bert", "hidden_size": 24, "num_attention_heads": 3, "vocab_size": 30}


def test_layers_that_are_not_built() -> None:
    ours = BertEncoder(SMALL, 0)
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
    assert BertEncoder.serves(SMALL)
    assert not BertEncoder.serves({**SMALL, **changed})
