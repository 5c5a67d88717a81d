"""
A step of adversarial training of the mapping: ours beside the same game written with torch.nn,
autograd and torch.optim, as a reference has it; and how far ours is from this machine's limit.

    OMP_NUM_THREADS=1 python benchmarks/adversarial_step.py --output runs/adversarial_step.json
    OMP_NUM_THREADS=1 python benchmarks/adversarial_step.py --bfloat16 --compile

The vectors are random: a step takes the same time for any. `--bfloat16` adds the plain game with
its products in bfloat16, `--compile` the plain game through torch.compile.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import torch
from machine_limits import machine_limits
from measure import interleaved

from xner_allennlp.mapping.starts.adversarial_settings import AdversarialSettings
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState

WORDS = 20_000


class PlainGame:
    """A step as one writes it: a loss, `backward`, an optimizer for each player."""

    def __init__(
        self, mapped: np.ndarray, fixed: np.ndarray, options: AdversarialSettings, bfloat16: bool
    ) -> None:
        dim = mapped.shape[1]
        self.options, self.bfloat16 = options, bfloat16
        self.mapped, self.fixed = torch.from_numpy(mapped), torch.from_numpy(fixed)
        self.mapping = torch.nn.Linear(dim, dim, bias=False)
        torch.nn.init.eye_(self.mapping.weight)
        layers: List[torch.nn.Module] = [torch.nn.Dropout(options.input_dropout)]
        for inputs in [dim, *[options.hidden_dim] * (options.num_layers - 1)]:
            layers += [torch.nn.Linear(inputs, options.hidden_dim), torch.nn.LeakyReLU(0.2)]
        self.discriminator = torch.nn.Sequential(*layers, torch.nn.Linear(options.hidden_dim, 1))
        lr = options.discriminator_lr
        self.of_discriminator = torch.optim.SGD(self.discriminator.parameters(), lr=lr)
        self.of_mapping = torch.optim.SGD(self.mapping.parameters(), lr=options.mapping_lr)
        stays = torch.tensor([0.0, 1.0]).repeat_interleave(options.batch_size)
        self.targets = stays * (1 - 2 * options.label_smoothing) + options.label_smoothing

    def take_step(self) -> None:
        for _ in range(self.options.discriminator_steps):
            with torch.no_grad():
                vectors = self.batch()
            self.of_discriminator.zero_grad()
            self.loss(vectors, self.targets).backward()
            self.of_discriminator.step()
        self.of_mapping.zero_grad()
        self.loss(self.batch(), 1 - self.targets).backward()
        self.of_mapping.step()
        with torch.no_grad():
            weight, beta = self.mapping.weight, self.options.beta
            weight.copy_((1 + beta) * weight - beta * (weight @ weight.T) @ weight)

    def batch(self) -> torch.Tensor:
        words = [
            vectors[torch.randint(len(vectors), (self.options.batch_size,))]
            for vectors in (self.mapped, self.fixed)
        ]
        # shape: (2 * batch, d)
        return torch.cat([self.mapping(words[0]), words[1]])

    def loss(self, vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            logits = self.discriminator(vectors).squeeze(-1)
        return torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets)


def least_work(options: AdversarialSettings, dim: int) -> Dict[str, float]:
    """
    What no step can do without: the products of forward and backward pass, and each weight of the
    discriminator read and written once where it learns.
    """
    sizes = [dim, *[options.hidden_dim] * options.num_layers, 1]
    weights = [inputs * outputs for inputs, outputs in zip(sizes, sizes[1:])]
    # Forward, for the layer's weights, and, but for the first layer, for what is behind it.
    learning = 3 * sum(weights) - weights[0]
    of_vectors = 2 * sum(weights)
    products = options.discriminator_steps * learning + of_vectors
    return {
        "gflop": 2 * products * 2 * options.batch_size / 1e9,
        "gigabytes": options.discriminator_steps * 2 * 4 * sum(weights) / 1e9,
    }


def run(arguments: argparse.Namespace) -> Dict[str, Any]:
    options = AdversarialSettings(hidden_dim=arguments.hidden_dim)
    generator = np.random.default_rng(0)
    sides = [
        generator.normal(size=(WORDS, arguments.dim)).astype(np.float32) / 17 for _ in range(2)
    ]
    games: Dict[str, Any] = {
        "ours": AdversarialState(*sides, options, torch.device("cpu")),
        "plain": PlainGame(*sides, options, bfloat16=False),
    }
    if arguments.bfloat16:
        games["plain, bfloat16"] = PlainGame(*sides, options, bfloat16=True)
    if arguments.compile:
        compiled = PlainGame(*sides, options, bfloat16=False)
        compiled.discriminator.compile()
        games["plain, compiled"] = compiled

    def steps(game: Any) -> Callable[[], None]:
        def take() -> None:
            for _ in range(arguments.steps):
                game.take_step()

        def take_without_graph() -> None:
            with torch.no_grad():
                take()

        return take_without_graph if isinstance(game, AdversarialState) else take

    timings = interleaved({name: steps(game) for name, game in games.items()}, arguments.repeats)
    work, limits = least_work(options, arguments.dim), machine_limits()
    ours = timings["ours"].median
    return {
        "threads": torch.get_num_threads(),
        **limits,
        **{f"least {name}": value for name, value in work.items()},
        "ms of the products alone": 1000 * work["gflop"] / limits["gflops"],
        "ms of moving the weights alone": (
            1000 * work["gigabytes"] / limits["gigabytes_per_second"]
        ),
        "ms a step": {
            name: {
                **{
                    key: 1000 * value
                    for key, value in timing.as_dict(arguments.steps).items()
                    if key != "repeats"
                },
                "times ours": timing.median / ours,
            }
            for name, timing in timings.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A step of adversarial training of the mapping")
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--hidden-dim", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=10, help="in a repeat")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results = run(arguments)
    print(json.dumps(results, indent=2))
    if arguments.output is not None:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
