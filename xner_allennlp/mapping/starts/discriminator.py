"""
The discriminator of the adversarial mapping (eqs. 3 and 4): a multi-layer perceptron with
LeakyReLU, and dropout on its input.

At MUSE's size (two hidden layers of 2048) its weights are some twenty megabytes, which a batch of
64 words hardly pays for: moving them is a large part of a step. So gradients are computed here and
added to the weights in the matrix product that makes them: no gradient of a weight is ever stored,
cleared or read again, and none is made when only the mapping learns.
"""

from typing import Dict, List, Tuple

import numpy as np
import torch

_SLOPE = 0.2
_CPU = torch.device("cpu")


class Discriminator:
    """
    Tells vectors of the language that stays from mapped vectors of the other one.

    # Parameters

    dim : `int`
        Dimension of the word vectors.
    hidden_dim : `int`, optional (default = `2048`)
    num_layers : `int`, optional (default = `2`)
        Number of hidden layers.
    input_dropout, hidden_dropout : `float`, optional (default = `0.1` and `0.0`)
    device : `torch.device`, optional (default = the CPU)
    """

    def __init__(
        self,
        dim: int,
        *,
        hidden_dim: int = 2048,
        num_layers: int = 2,
        input_dropout: float = 0.1,
        hidden_dropout: float = 0.0,
        device: torch.device = _CPU,
    ) -> None:
        sizes = [dim, *[hidden_dim] * num_layers, 1]
        self._dropout = [input_dropout, *[hidden_dropout] * num_layers]
        self._weights: List[torch.Tensor] = []
        self._biases: List[torch.Tensor] = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            layer = torch.nn.Linear(inputs, outputs)  # for its initial values
            self._weights.append(layer.weight.detach().to(device))  # shape: (outputs, inputs)
            self._biases.append(layer.bias.detach().to(device))  # shape: (outputs,)

    def logits(self, vectors: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        vectors : `torch.Tensor`
            shape: (n, d).

        # Returns

        `torch.Tensor`
            The logit of P(the vector is of the language that stays), without dropout, shape: (n,).
        """
        for layer, (weight, bias) in enumerate(zip(self._weights, self._biases)):
            vectors = torch.addmm(bias, vectors, weight.T)  # shape: (n, outputs)
            if layer + 1 < len(self._weights):
                vectors = torch.nn.functional.leaky_relu(vectors, _SLOPE)
        return vectors.squeeze(-1)

    def learn(
        self, vectors: torch.Tensor, targets: torch.Tensor, learning_rate: float
    ) -> torch.Tensor:
        """
        One step of SGD on the mean cross-entropy (eq. 3).

        # Parameters

        vectors : `torch.Tensor`
            shape: (n, d).
        targets : `torch.Tensor`
            P(the vector is of the language that stays) to learn, shape: (n,).
        learning_rate : `float`

        # Returns

        `torch.Tensor`
            The loss before the step, shape: ().
        """
        activations, slopes, loss, gradient = self._forward(vectors, targets)
        for layer in reversed(range(len(self._weights))):
            weight = self._weights[layer]
            behind = gradient @ weight if layer else gradient  # shape: (n, inputs)
            weight.addmm_(gradient.T, activations[layer], alpha=-learning_rate)
            self._biases[layer].sub_(gradient.sum(dim=0), alpha=learning_rate)
            if layer:
                gradient = behind.mul_(slopes[layer])  # shape: (n, inputs)
        return loss

    def gradient_of_vectors(
        self, vectors: torch.Tensor, targets: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        """
        For the step of the mapping (eq. 4), in which the discriminator does not learn.

        # Returns

        `Tuple[torch.Tensor, torch.Tensor]`
            The mean cross-entropy, shape: (), and its gradient, shape: (n, d).
        """
        _, slopes, loss, gradient = self._forward(vectors, targets)
        for layer in reversed(range(len(self._weights))):
            gradient = (gradient @ self._weights[layer]).mul_(slopes[layer])  # shape: (n, inputs)
        return loss, gradient

    def is_finite(self) -> bool:
        return all(bool(torch.isfinite(part).all()) for part in [*self._weights, *self._biases])

    def state(self) -> Dict[str, np.ndarray]:
        """Copies of the weights and biases."""
        named = {f"weight{layer}": weight for layer, weight in enumerate(self._weights)}
        named.update({f"bias{layer}": bias for layer, bias in enumerate(self._biases)})
        return {name: value.cpu().numpy().copy() for name, value in named.items()}

    def load_state(self, state: Dict[str, np.ndarray]) -> None:
        for layer in range(len(self._weights)):
            self._weights[layer].copy_(torch.from_numpy(state[f"weight{layer}"]))
            self._biases[layer].copy_(torch.from_numpy(state[f"bias{layer}"]))

    def _forward(
        self, vectors: torch.Tensor, targets: torch.Tensor
    ) -> Tuple[List[torch.Tensor], List[torch.Tensor], torch.Tensor, torch.Tensor]:
        """
        The input of every layer, shape: (n, inputs); by what the gradient of each is multiplied on
        its way back, of the same shape; the loss; and its gradient by the logits, shape: (n, 1).
        """
        activations: List[torch.Tensor] = []
        slopes: List[torch.Tensor] = []
        slope = torch.ones_like(vectors)  # shape: (n, d)
        for layer, (weight, bias) in enumerate(zip(self._weights, self._biases)):
            dropout = self._dropout[layer]
            if dropout:
                kept = torch.empty_like(vectors).bernoulli_(1 - dropout).div_(1 - dropout)
                vectors, slope = vectors * kept, slope * kept  # shapes: (n, inputs)
            activations.append(vectors)
            slopes.append(slope)
            vectors = torch.addmm(bias, vectors, weight.T)  # shape: (n, outputs)
            if layer + 1 < len(self._weights):
                slope = torch.where(vectors > 0, 1.0, _SLOPE).to(vectors.dtype)  # (n, outputs)
                vectors = vectors * slope  # shape: (n, outputs)
        logits = vectors.squeeze(-1)  # shape: (n,)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
        gradient = (logits.sigmoid() - targets) / len(targets)  # shape: (n,)
        return activations, slopes, loss, gradient.unsqueeze(-1)
