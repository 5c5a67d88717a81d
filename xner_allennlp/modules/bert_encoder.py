"""Encoders of BERT's architecture, for tagging with an exported tagger; this needs torch alone."""

from types import SimpleNamespace
from typing import Any, Dict, List, NamedTuple, Optional

import torch
from torch.nn import Embedding, LayerNorm, Linear, ModuleDict
from torch.nn.functional import gelu, multi_head_attention_forward, relu

# Which of transformers' kinds these are, and which padding a config of theirs need not name.
_PADDING = {"bert": 0, "camembert": 1, "roberta": 1, "xlm-roberta": 1}
_ACTIVATIONS = {"gelu": gelu, "relu": relu}
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


class EncoderStates(NamedTuple):
    """
    last_hidden_state : `(batch_size, width, hidden_size)`.
    hidden_states : that of the embeddings and of every layer, if asked for.
    """

    last_hidden_state: torch.Tensor
    hidden_states: Optional[List[torch.Tensor]]


class BertEncoder(torch.nn.Module):
    """
    BERT (Devlin et al., 2019), RoBERTa and XLM-R as transformers has them, without dropout and
    pooler: the same weights by the same names give the same states. Importing transformers and its
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
            }
        )
        if num_layers is None:
            num_layers = settings.num_hidden_layers
        layers = [_Layer(settings, norm) for _ in range(num_layers)]
        self.encoder = ModuleDict({"layer": torch.nn.ModuleList(layers)})

    @classmethod
    def serves(cls, config: Dict[str, Any]) -> bool:
        """Whether the encoder of this config is of BERT's architecture."""
        settings = {**_DEFAULTS, **config}
        return (
            config.get("model_type") in _PADDING
            and "vocab_size" in config
            and settings["hidden_act"] in _ACTIVATIONS
            and settings["position_embedding_type"] == "absolute"
            and not config.get("is_decoder")
        )

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        output_hidden_states: bool = False,
    ) -> EncoderStates:
        """
        # Parameters

        input_ids : `torch.Tensor`
            Shape `(batch_size, width)`, the numbers of pieces.
        attention_mask : `torch.Tensor`
            Shape `(batch_size, width)`, 0 where there is only padding.
        output_hidden_states : `bool`, optional (default = `False`)

        # Returns

        `EncoderStates`
        """
        parts = self.embeddings
        # Time comes first here, as in `multi_head_attention_forward`.
        # shape: (width, batch_size, hidden_size)
        states = parts["LayerNorm"](
            parts["word_embeddings"](input_ids.t())
            + parts["token_type_embeddings"].weight[0]
            + parts["position_embeddings"](self._positions(input_ids).t())
        )
        # shape: (batch_size, width)
        is_padding = None if bool(attention_mask.all()) else attention_mask == 0
        all_states = [states]
        for layer in self.encoder["layer"]:
            states = layer(states, is_padding)
            if output_hidden_states:
                all_states.append(states)
        return EncoderStates(
            states.transpose(0, 1),
            [each.transpose(0, 1) for each in all_states] if output_hidden_states else None,
        )

    def _positions(self, input_ids: torch.Tensor) -> torch.Tensor:
        """The number of every piece's position, `(batch_size, width)`."""
        if self.config.model_type == "bert":
            return torch.arange(input_ids.size(1), device=input_ids.device).expand_as(input_ids)
        # The padding piece stands at the padding's position, also within a sentence.
        is_piece = (input_ids != self.config.pad_token_id).long()
        return is_piece.cumsum(1) * is_piece + self.config.pad_token_id


class _Layer(torch.nn.Module):
    def __init__(self, settings: SimpleNamespace, norm: Dict[str, Any]) -> None:
        super().__init__()
        size, inner = settings.hidden_size, settings.intermediate_size
        self._num_heads = settings.num_attention_heads
        self._activation = _ACTIVATIONS[settings.hidden_act]
        projections = {name: _linear(size, size) for name in ("query", "key", "value")}
        self.attention = ModuleDict(
            {"self": ModuleDict(projections), "output": _output(size, size, norm)}
        )
        self.intermediate = ModuleDict({"dense": _linear(size, inner)})
        self.output = _output(inner, size, norm)

    def forward(self, states: torch.Tensor, is_padding: Optional[torch.Tensor]) -> torch.Tensor:
        """From `(width, batch_size, hidden_size)` to the same."""
        query, key, value = (self.attention["self"][name] for name in ("query", "key", "value"))
        output = self.attention["output"]
        attended, _ = multi_head_attention_forward(
            states,
            states,
            states,
            states.size(-1),
            self._num_heads,
            None,
            torch.cat([query.bias, key.bias, value.bias]),
            None,
            None,
            False,
            0.0,
            output["dense"].weight,
            output["dense"].bias,
            training=False,
            key_padding_mask=is_padding,
            need_weights=False,
            use_separate_proj_weight=True,
            q_proj_weight=query.weight,
            k_proj_weight=key.weight,
            v_proj_weight=value.weight,
        )
        states = output["LayerNorm"](attended + states)
        inner = self._activation(self.intermediate["dense"](states))
        return self.output["LayerNorm"](self.output["dense"](inner) + states)


def _embedding(number: int, size: int, padding: Optional[int] = None) -> Embedding:
    # Without the weight given, one on `meta` would be initialised, by way of torch's compiler.
    return Embedding(number, size, padding, _weight=torch.empty(number, size, device="meta"))


def _linear(size: int, output_size: int) -> Linear:
    return Linear(size, output_size, device="meta")


def _output(size: int, output_size: int, norm: Dict[str, Any]) -> ModuleDict:
    return ModuleDict(
        {"dense": _linear(size, output_size), "LayerNorm": LayerNorm(output_size, **norm)}
    )
