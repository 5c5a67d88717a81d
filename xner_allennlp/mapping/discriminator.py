"""The discriminator of the adversarial mapping (eqs. 3 and 4)."""

import torch


class Discriminator(torch.nn.Module):
    """
    Tells vectors of the language that stays from mapped vectors of the other one: a multi-layer
    perceptron with LeakyReLU, and dropout on its input.

    # Parameters

    dim : `int`
        Dimension of the word vectors.
    hidden_dim : `int`, optional (default = `2048`)
    num_layers : `int`, optional (default = `2`)
        Number of hidden layers.
    input_dropout : `float`, optional (default = `0.1`)
    slope : `float`, optional (default = `0.2`)
        Of the LeakyReLU at negative values.
    """

    def __init__(
        self,
        dim: int,
        *,
        hidden_dim: int = 2048,
        num_layers: int = 2,
        input_dropout: float = 0.1,
        slope: float = 0.2,
    ) -> None:
        super().__init__()
        layers = [torch.nn.Dropout(input_dropout)]
        for layer in range(num_layers):
            layers.append(torch.nn.Linear(dim if layer == 0 else hidden_dim, hidden_dim))
            layers.append(torch.nn.LeakyReLU(slope))
        layers.append(torch.nn.Linear(hidden_dim if num_layers else dim, 1))
        self._layers = torch.nn.Sequential(*layers)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        vectors : `torch.Tensor`
            shape: (n, d).

        # Returns

        `torch.Tensor`
            The logit of P(the vector is of the language that stays), shape: (n,).
        """
        return self._layers(vectors).squeeze(-1)
