"""
The discriminator of the adversarial mapping (eqs. 3 and 4): a multi-layer perceptron with
LeakyReLU, and dropout on its input.

At MUSE's size (two hidden layers of 2048) its weights are some twenty megabytes, which a batch of
64 words hardly pays for: moving them is a large part of a step. So gradients are computed here and
added to the weights in the matrix product that makes them: no gradient of a weight is ever stored,
cleared or read again, and none is made when only the mapping learns.
"""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch

_SLOPE = 0.2
_CPU = torch.device("cpu")

# Of each layer's input; `None` where a layer has no dropout.
Masks = Sequence[Optional[torch.Tensor]]


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
            # shape: (outputs, inputs)
            self._weights.append(layer.weight.detach().to(device))
            # shape: (outputs,)
            self._biases.append(layer.bias.detach().to(device))

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
            # shape: (n, outputs)
            vectors = torch.addmm(bias, vectors, weight.T)
            if layer + 1 < len(self._weights):
                vectors = torch.nn.functional.leaky_relu(vectors, _SLOPE)
        return vectors.squeeze(-1)

    def empty_masks(self, *shape: int) -> List[Optional[torch.Tensor]]:
        """
        Memory for the dropout masks of each layer's input, shape: (*shape, inputs); `None` for a
        layer without dropout.
        """
        return [
            torch.empty((*shape, weight.shape[1]), device=weight.device) if dropout else None
            for weight, dropout in zip(self._weights, self._dropout)
        ]

    def draw_masks(self, masks: Masks) -> None:
        """Draws dropout masks anew, in place: 0, or 1 / (1 - dropout)."""
        for mask, dropout in zip(masks, self._dropout):
            if mask is not None:
                mask.bernoulli_(1 - dropout).div_(1 - dropout)

    def learn(
        self, vectors: torch.Tensor, targets: torch.Tensor, learning_rate: float, masks: Masks
    ) -> torch.Tensor:
        """
        One step of SGD on the mean cross-entropy (eq. 3).

        # Parameters

        vectors : `torch.Tensor`
            shape: (n, d).
        targets : `torch.Tensor`
            P(the vector is of the language that stays) to learn, shape: (n,).
        learning_rate : `float`
        masks : `Masks`
            By what the input of each layer is multiplied, shapes: (n, inputs).

        # Returns

        `torch.Tensor`
            The logits before the step, shape: (n,).
        """
        inputs, outputs = self._forward(vectors, masks)
        # shape: (n,)
        logits = outputs[-1].squeeze(-1)
        # shape: (n, 1)
        gradient = _gradient_of_logits(logits, targets)
        gradients_of_biases = []
        for layer in reversed(range(len(self._weights))):
            weight = self._weights[layer]
            # shape: (n, inputs)
            behind = gradient @ weight if layer else gradient
            weight.addmm_(gradient.T, inputs[layer], alpha=-learning_rate)
            # shape: (outputs,)
            gradients_of_biases.append(gradient.sum(dim=0))
            if layer:
                gradient = _before_activation(behind, outputs[layer - 1], masks[layer])
        torch._foreach_add_(self._biases, gradients_of_biases[::-1], alpha=-learning_rate)
        return logits

    def gradient_of_vectors(
        self, vectors: torch.Tensor, targets: torch.Tensor, masks: Masks
    ) -> torch.Tensor:
        """
        For the step of the mapping (eq. 4), in which the discriminator does not learn.

        # Returns

        `torch.Tensor`
            The gradient of the mean cross-entropy, shape: (n, d).
        """
        _, outputs = self._forward(vectors, masks)
        # shape: (n, 1)
        gradient = _gradient_of_logits(outputs[-1].squeeze(-1), targets)
        for layer in reversed(range(len(self._weights))):
            # shape: (n, inputs)
            gradient = gradient @ self._weights[layer]
            mask = masks[layer]
            if layer:
                gradient = _before_activation(gradient, outputs[layer - 1], mask)
            elif mask is not None:
                gradient.mul_(mask)
        return gradient

    def is_finite(self) -> bool:
        parts = [torch.isfinite(part).all() for part in [*self._weights, *self._biases]]
        return bool(torch.stack(parts).all())

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
        self, vectors: torch.Tensor, masks: Masks
    ) -> Tuple[List[torch.Tensor], List[torch.Tensor]]:
        """
        The input of every layer after dropout, shape: (n, inputs), and its output after the
        activation, shape: (n, outputs); the last layer, whose outputs are the logits, has none.
        """
        inputs: List[torch.Tensor] = []
        outputs: List[torch.Tensor] = []
        for weight, bias, mask in zip(self._weights, self._biases, masks):
            if mask is not None:
                # shape: (n, inputs)
                vectors = vectors * mask
            inputs.append(vectors)
            # shape: (n, outputs)
            vectors = torch.addmm(bias, vectors, weight.T)
            if len(inputs) < len(self._weights):
                vectors = torch.nn.functional.leaky_relu(vectors, _SLOPE, inplace=True)
            outputs.append(vectors)
        return inputs, outputs


def _gradient_of_logits(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Of the mean cross-entropy, shape: (n, 1)."""
    return ((logits.sigmoid() - targets) / len(targets)).unsqueeze(-1)


def _before_activation(
    gradient: torch.Tensor, output: torch.Tensor, mask: Optional[torch.Tensor]
) -> torch.Tensor:
    """
    The gradient by what LeakyReLU, and then dropout, made a layer's input of, shape: (n, inputs).
    """
    backward = torch.ops.aten.leaky_relu_backward
    if mask is None:
        # shape: (n, inputs)
        result: torch.Tensor = backward(gradient, output, _SLOPE, True)
        return result
    return gradient.mul_(backward(mask, output, _SLOPE, True))
