import torch


def final_states(
    forward_states: torch.Tensor, backward_states: torch.Tensor, mask: torch.BoolTensor
) -> torch.Tensor:
    """
    What each direction knows after reading the whole sequence: the forward state at the last
    position of a row and the backward state at its first, `(batch_size, 2 * hidden_size)`, from
    two tensors of shape `(batch_size, sequence_length, hidden_size)`.
    """
    # shape: (batch_size, 1, 1)
    last = (mask.sum(dim=1) - 1).clamp(min=0).view(-1, 1, 1)
    # shape: (batch_size, hidden_size)
    forward_final = forward_states.gather(1, last.expand(-1, 1, forward_states.size(-1))).squeeze(1)
    # shape: (batch_size, 2 * hidden_size)
    return torch.cat([forward_final, backward_states[:, 0]], dim=-1)
