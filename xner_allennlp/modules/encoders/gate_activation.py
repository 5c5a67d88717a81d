import numpy as np
import torch


class GateActivation:
    """
    The nonlinearity of all four gates as one tanh: sigmoid(x) = (1 + tanh(x / 2)) / 2. The half
    inside is put on the input projection (`scale_tensor`) and on the recurrent weights.
    """

    def __init__(self, weight_hh: torch.Tensor) -> None:
        size = weight_hh.size(1)
        # shape: (4 * hidden_size,)
        self.scale_tensor = weight_hh.new_full((4 * size,), 0.5)
        self.scale_tensor[2 * size : 3 * size] = 1.0
        self._scale = self.scale_tensor.numpy()
        self._shift = 1.0 - self._scale
        # A third faster as right factor of many small products than the transposed view.
        # shape: (hidden_size, 4 * hidden_size)
        self.recurrent = (weight_hh.t() * self.scale_tensor).contiguous()

    def apply(self, gate: np.ndarray) -> None:
        """In place, shape `(running, 4 * hidden_size)`."""
        np.tanh(gate, out=gate)
        gate *= self._scale
        gate += self._shift
