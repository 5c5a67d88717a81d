"""States of encoders of BERT's architecture, of sentences side by side without padding."""

import math
from typing import Any, Dict, List, Optional

import torch
from torch.nn import functional
from torch.nn.functional import dropout, embedding, gelu, relu, softmax

_ACTIVATIONS = {"gelu": gelu, "relu": relu}
ACTIVATIONS = frozenset(_ACTIVATIONS)


def bert_states(
    encoder: Any,
    grids: List[torch.Tensor],
    is_read: Optional[torch.Tensor],
    wanted: torch.Tensor,
    layers: Optional[List[int]] = None,
) -> torch.Tensor:
    """
    States of BERT (Devlin et al., 2019), RoBERTa or XLM-R, in training with their dropout, without
    their pooler. Transformers reads a rectangle of sentences with their padding. Here each matrix
    product is of the pieces of all grids at once, attention is taken within each grid, and of the
    last layer only what is wanted is computed: as many grids as there are lengths need no padding.

    # Parameters

    encoder : `torch.nn.Module`, required.
        Transformers' model, or our `BertEncoder`, which has the same parts by the same names.
    grids : `List[torch.Tensor]`
        Shape (each): `(num_windows, width)`, the numbers of the pieces of windows of one length.
    is_read : `torch.Tensor`, optional
        Shape `(num_windows, width)`, 0 where there is only padding, of the only grid; `None` if
        there is no padding.
    wanted : `torch.Tensor`
        Shape `(num_wanted,)`, the places of pieces among those of all grids, row after row.
    layers : `List[int]`, optional (default = the last)
        Of which layers the states' mean is taken, from 1; 0 are the embeddings.

    # Returns

    `torch.Tensor`
        Shape `(num_wanted, hidden_size)`.
    """
    config, training = encoder.config, encoder.training
    activation = _ACTIVATIONS[config.hidden_act]
    mask = None if is_read is None else is_read[:, None, None].bool()
    # shape: (num_pieces, hidden_size)
    states = torch.cat([_embedded(encoder, grid) for grid in grids])
    # Gradients of `embedding` are repeatable on CUDA, unlike those of `index_select`.
    # shape (each): (num_wanted, hidden_size)
    wanted_states: Dict[int, torch.Tensor] = {}
    if layers and 0 in layers:
        wanted_states[0] = embedding(wanted, states)
    last = len(encoder.encoder.layer)
    for number, layer in enumerate(encoder.encoder.layer, 1):
        # shape: (num_pieces, hidden_size)
        attended = _attended(layer.attention.self, config, states, grids, mask, training)
        if number == last:
            # shape (both): (num_wanted, hidden_size)
            attended, states = (embedding(wanted, each) for each in (attended, states))
        states = _added(layer.attention.output, attended, states)
        # shape: (num_pieces, intermediate_size)
        inner = activation(layer.intermediate.dense(states))
        # shape: (num_pieces, hidden_size)
        states = _added(layer.output, inner, states)
        if layers and number in layers:
            wanted_states[number] = states if number == last else embedding(wanted, states)
    if not layers:
        return states if last else embedding(wanted, states)
    return torch.stack([wanted_states[number] for number in layers]).mean(0)


def _embedded(encoder: Any, grid: torch.Tensor) -> torch.Tensor:
    """Of `(num_windows, width)` pieces row after row, `(num_windows * width, hidden_size)`."""
    parts = encoder.embeddings
    # shape: (num_windows, width, hidden_size)
    states = parts.LayerNorm(
        parts.word_embeddings(grid)
        + parts.token_type_embeddings.weight[0]
        + parts.position_embeddings(_positions(encoder.config, grid))
    )
    return parts.dropout(states).flatten(0, 1)


def _positions(config: Any, grid: torch.Tensor) -> torch.Tensor:
    """The number of every piece's position, `(num_windows, width)`."""
    if config.model_type == "bert":
        return torch.arange(grid.size(1), device=grid.device).expand_as(grid)
    # The padding piece stands at the padding's position, also within a sentence.
    is_piece = (grid != config.pad_token_id).long()
    return is_piece.cumsum(1) * is_piece + config.pad_token_id


def _attended(
    parts: Any,
    config: Any,
    states: torch.Tensor,
    grids: List[torch.Tensor],
    mask: Optional[torch.Tensor],
    training: bool,
) -> torch.Tensor:
    """What each piece takes of those of its window, `(num_pieces, hidden_size)` as `states`."""
    dropout_probability = config.attention_probs_dropout_prob if training else 0.0
    sizes = [grid.numel() for grid in grids]
    # shape (each of each): (num_windows * width, hidden_size)
    projected = [part(states).split(sizes) for part in (parts.query, parts.key, parts.value)]
    attended = []
    for grid, *of_grid in zip(grids, *projected):
        # shape (each): (num_windows, num_heads, width, head_size)
        query, key, value = (
            each.view(*grid.shape, config.num_attention_heads, -1).transpose(1, 2)
            for each in of_grid
        )
        # shape: (num_windows, num_heads, width, head_size)
        mixed = _dot_product_attention(query, key, value, mask, dropout_probability)
        attended.append(mixed.transpose(1, 2).reshape(grid.numel(), -1))
    return torch.cat(attended)


def _dot_product_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: Optional[torch.Tensor],
    dropout_probability: float,
) -> torch.Tensor:
    """All `(num_windows, num_heads, width, head_size)`, but the mask."""
    if hasattr(functional, "scaled_dot_product_attention"):
        return functional.scaled_dot_product_attention(query, key, value, mask, dropout_probability)
    # Before torch 2.0.
    # shape: (num_windows, num_heads, width, width)
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return dropout(softmax(scores, -1), dropout_probability) @ value


def _added(parts: Any, inner: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """`states`, `(num_pieces, hidden_size)`, with the output of a part of a layer."""
    # Dropout is called also where it does nothing: AllenNLP's check for a bias before a
    # normalization looks at what is called after what.
    return parts.LayerNorm(parts.dropout(parts.dense(inner)) + states)
