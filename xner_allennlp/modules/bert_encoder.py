"""Encoders of BERT's architecture, for tagging with an exported tagger; this needs torch alone."""

from types import SimpleNamespace
from typing import Any, Dict, Optional

import torch
from torch.nn import Embedding, Identity, LayerNorm, Linear, ModuleDict

from xner_allennlp.modules.bert_states import ACTIVATIONS

# Which of transformers' kinds these are, and which padding a config of theirs need not name.
_PADDING = {"bert": 0, "camembert": 1, "roberta": 1, "xlm-roberta": 1}
# What other settings of these kinds have if their config does not name them.
_DEFAULTS = {
    "hidden_act": "gelu",
    "hidden_size": 768,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "position_embedding_type": "absolute",
    "type_vocab_size": 2,
}


class BertEncoder(torch.nn.Module):
    """
    The parts of BERT (Devlin et al., 2019), RoBERTa and XLM-R by the names that they have in
    transformers, for `bert_states`, without dropout and pooler. Importing transformers and its
    model takes longer than everything else until a tagger's first sentence is tagged.

    The weights are on the device `meta`, which has no memory, until they are replaced.

    # Parameters

    config : `Dict[str, Any]`, required.
        What the encoder's `config.json` says; `serves` must be true of it.
    num_layers : `int`, optional (default = those of the config)
        How many layers are built.
    """

    def __init__(self, config: Dict[str, Any], num_layers: Optional[int] = None) -> None:
        super().__init__()
        kind = config["model_type"]
        self.config = SimpleNamespace(**{**_DEFAULTS, "pad_token_id": _PADDING[kind], **config})
        settings, size = self.config, self.config.hidden_size
        norm: Dict[str, Any] = {"eps": settings.layer_norm_eps, "device": "meta"}
        self.embeddings = ModuleDict(
            {
                "word_embeddings": _embedding(settings.vocab_size, size),
                "position_embeddings": _embedding(
                    settings.max_position_embeddings,
                    size,
                    # Roberta and its kind count positions from behind the padding's.
                    None if kind == "bert" else settings.pad_token_id,
                ),
                "token_type_embeddings": _embedding(settings.type_vocab_size, size),
                "LayerNorm": LayerNorm(size, **norm),
                "dropout": Identity(),
            }
        )
        if num_layers is None:
            num_layers = settings.num_hidden_layers
        layers = [_layer(settings, norm) for _ in range(num_layers)]
        self.encoder = ModuleDict({"layer": torch.nn.ModuleList(layers)})

    @classmethod
    def serves(cls, config: Dict[str, Any]) -> bool:
        """Whether the encoder of this config is of BERT's architecture."""
        settings = {**_DEFAULTS, **config}
        return (
            config.get("model_type") in _PADDING
            and "vocab_size" in config
            and settings["hidden_act"] in ACTIVATIONS
            and settings["position_embedding_type"] == "absolute"
            and not config.get("is_decoder")
        )


def _layer(settings: SimpleNamespace, norm: Dict[str, Any]) -> ModuleDict:
    size, inner = settings.hidden_size, settings.intermediate_size
    projections = {name: _linear(size, size) for name in ("query", "key", "value")}
    return ModuleDict(
        {
            "attention": ModuleDict(
                {"self": ModuleDict(projections), "output": _output(size, size, norm)}
            ),
            "intermediate": ModuleDict({"dense": _linear(size, inner)}),
            "output": _output(inner, size, norm),
        }
    )


def _embedding(number: int, size: int, padding: Optional[int] = None) -> Embedding:
    # Without the weight given, one on `meta` would be initialised, by way of torch's compiler.
    return Embedding(number, size, padding, _weight=torch.empty(number, size, device="meta"))


def _linear(size: int, output_size: int) -> Linear:
    return Linear(size, output_size, device="meta")


def _output(size: int, output_size: int, norm: Dict[str, Any]) -> ModuleDict:
    return ModuleDict(
        {
            "dense": _linear(size, output_size),
            "dropout": Identity(),
            "LayerNorm": LayerNorm(output_size, **norm),
        }
    )
