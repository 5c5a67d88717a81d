"""
A start of the mapping without any word pair and without a GAN: annealed optimal transport between
the most frequent words of both languages.

We look for a matrix W and a transport plan T, a soft dictionary of which every word has its share,
which agree with each other. With Y of the mapped and X of the other language, T of shape (n, n):

    M = Y^T T X = U S V^T                    cross-covariance under the plan
    G = Y (U S^p V^T) X^T                    how well every pair of words fits M
    T = Sinkhorn(exp((G / std(G) - c F) / temperature))

in turn, while the temperature falls. With p = 0 the plan is fitted to an orthogonal W (the
Wasserstein-Procrustes problem, Grave et al. 2019); with p = 1 to the similarities inside either
language (Gromov-Wasserstein, Alvarez-Melis and Jaakkola 2018, of inner products). The former has
many poor local optima, the latter few, but blunt ones; p = 1/2, our default, lies between them. F
holds the squared difference of the two words' log frequency ranks: translations are about equally
frequent.

Where it ends depends on where it starts. So we start from many random M, among half of the words,
give up what falls behind, and compare by the sum of S, which needs no dictionary. What is left
is often right for a part of the words only; warmed up again among all words, the right part draws
the rest to it. The best of these is warmed up twice more.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values
from xner_allennlp.mapping.retrieval.nearest import as_tensor
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Start, StartInput

logger = logging.getLogger(__name__)

# Temperatures. From `_WARM` on much is decided anew, but not the whole; from `_COOL` single words.
_HOTTEST, _WARM, _COOL, _COLDEST = 1.0, 0.6, 0.3, 0.1
_SINKHORN_STEPS = 20
_RANK_OFFSET = 10
_SHARE_OFFSET = 20
_FIRST_PENALTY = 3.0
_TINY = 1e-30
# After this part of the iterations, the best quarter (4) or half (2) of the starts goes on.
_SELECTIONS = {0.5: 4, 0.75: 2}


@MappingStart.register("transport")
@dataclass(frozen=True)
class OptimalTransport(MappingStart):
    """
    Annealed optimal transport, which needs no word pairs and takes a minute of one CPU core.

    Registered as a `MappingStart` with name "transport".

    # Parameters

    restarts : `int`, optional (default = `12`)
        Number of random plans to start from.
    words : `int`, optional (default = `2000`)
        n, the number of most frequent words of each language that take part; half of them in the
        search among the restarts.
    iterations : `int`, optional (default = `40`)
        Iterations over which the temperature falls; half as many each time it is raised again.
    power : `float`, optional (default = `0.5`)
        p of the formula above, from 0 (Wasserstein-Procrustes) to 1 (Gromov-Wasserstein).
    rank_penalty : `float`, optional (default = `0.8`)
        c of the formula above. Set it to 0 for vectors that are not in the order of frequency.
    share_exponent : `float`, optional (default = `0.4`)
        A word's share of the plan falls with this power of its frequency rank.

    # Raises

    `ConfigurationError`
        If a parameter has an impossible value.
    """

    restarts: int = 12
    words: int = 2000
    iterations: int = 40
    power: float = 0.5
    rank_penalty: float = 0.8
    share_exponent: float = 0.4

    advice = 'preset "robust", more restarts of the start (start.restarts), another seed'

    def __post_init__(self) -> None:
        check_values(self)
        check_bounds(self, AT_LEAST_ONE, ("restarts", "iterations"))
        check_bounds(self, (2, None), ("words",))
        check_bounds(self, NOT_NEGATIVE, ("power", "rank_penalty", "share_exponent"))

    @torch.no_grad()
    def find(self, given: StartInput) -> Start:
        """
        Searches, and returns the orthogonal matrix of the best plan. The record has its
        `"objective"`, the sum of singular values, and, as `"steps"`, of every random start: its
        number, its last objective among half of the words, and the iterations it was followed; of
        starts that were followed to the end, also the objective among all words.

        The same seed gives the same matrix on the same machine.

        # Raises

        `ConfigurationError`
            If a language has fewer than two words.
        """
        if min(len(given.mapped), len(given.fixed)) < 2:
            raise ConfigurationError("optimal transport needs at least two words of each language")
        device = torch.device(given.device)
        half, whole = (
            _Problem(
                as_tensor(given.mapped[:words], device),
                as_tensor(given.fixed[:words], device),
                power=self.power,
                rank_penalty=self.rank_penalty,
                share_exponent=self.share_exponent,
            )
            for words in (max(2, self.words // 2), self.words)
        )
        starts, best = self._search(half, torch.Generator().manual_seed(given.seed))
        again = self.iterations // 2
        for start in Tqdm.tqdm(best, desc="optimal transport among all words"):
            matrix = half.matrix(start.plan)[1]
            start.plan = whole.anneal(whole.plan(matrix, _WARM), _WARM, again)
            start.objective_of_all = whole.matrix(start.plan)[0]
        start = max(best, key=lambda start: start.objective_of_all)
        plan = whole.anneal(whole.anneal(start.plan, _WARM, again), _COOL, again)
        objective, W = whole.solution(plan)
        logger.info(
            "optimal transport: objective %.4f; of the starts that were followed to the end: %s",
            objective,
            ", ".join(f"{start.objective_of_all:.4f}" for start in best),
        )
        steps = [start.record() for start in starts]
        for step in steps:
            given.observer(step)
        return Start(W, {"objective": objective, "steps": steps})

    def _search(
        self, problem: "_Problem", generator: torch.Generator
    ) -> "tuple[List[_RandomStart], List[_RandomStart]]":
        """All starts, and the few that were followed to the end."""
        starts = [
            _RandomStart(number, problem.random_plan(generator)) for number in range(self.restarts)
        ]
        running = list(starts)
        selections = {round(part * self.iterations): of for part, of in _SELECTIONS.items()}
        selections.pop(0, None)  # Of too few iterations: there is no objective yet.
        progress = Tqdm.tqdm(
            _falling(_HOTTEST, self.iterations), desc=f"optimal transport, {len(starts)} starts"
        )
        for iteration, temperature in enumerate(progress):
            if iteration in selections:
                running.sort(key=lambda start: -start.objective)
                running = running[: -(-len(running) // selections[iteration])]
            found = problem.matrices([start.plan for start in running])
            for start, (objective, matrix) in zip(running, found):
                start.objective = objective
                start.plan = problem.plan(matrix, temperature)
                start.iterations += 1
            progress.set_description(
                f"optimal transport, {len(running)} of {len(starts)} starts, "
                f"objective {max(start.objective for start in running):.4f}",
                refresh=False,
            )
        return starts, running


class _RandomStart:
    """One random start and its plan."""

    def __init__(self, number: int, plan: torch.Tensor) -> None:
        self.number = number
        self.plan = plan
        self.objective = float("-inf")
        self.objective_of_all = float("-inf")
        self.iterations = 0

    def record(self) -> Dict[str, Any]:
        record = {
            "start": self.number,
            "objective": self.objective,
            "iterations": self.iterations,
        }
        if self.objective_of_all > float("-inf"):
            record["objective_of_all"] = self.objective_of_all
        return record


class _Problem:
    """Vectors, shares and the penalty of ranks; and the two steps between plan and matrix."""

    def __init__(
        self,
        mapped: torch.Tensor,
        fixed: torch.Tensor,
        *,
        power: float,
        rank_penalty: float,
        share_exponent: float,
    ) -> None:
        # shape: (n, d)
        self._mapped = mapped
        # shape: (m, d)
        self._fixed = fixed
        self._power = power
        # shape: (n,)
        self._mapped_share = self._shares(len(mapped), share_exponent)
        # shape: (m,)
        self._fixed_share = self._shares(len(fixed), share_exponent)
        # shape: (n,)
        mapped_rank = self._log_ranks(len(mapped))
        # shape: (m,)
        fixed_rank = self._log_ranks(len(fixed))
        # shape: (n, m)
        difference = (mapped_rank[:, None] - fixed_rank).square()
        difference /= difference.mean()
        self._first_penalty = _FIRST_PENALTY * difference if rank_penalty else 0 * difference
        # shape: (n, m)
        self._penalty = rank_penalty * difference

    def random_plan(self, generator: torch.Generator) -> torch.Tensor:
        # Drawn on the CPU, so that a seed means the same start on every device.
        drawn = torch.randn((self._mapped.shape[1],) * 2, generator=generator)
        # shape: (n, m)
        fit = self._mapped @ drawn.to(self._mapped.device) @ self._fixed.T
        return self._sinkhorn(fit / fit.std() - self._first_penalty)

    def matrix(self, plan: torch.Tensor) -> "tuple[float, torch.Tensor]":
        """The objective of a plan, and U S^p V^T of it, shape: (d, d)."""
        return next(self.matrices([plan]))

    def matrices(self, plans: Sequence[torch.Tensor]) -> Iterator["tuple[float, torch.Tensor]"]:
        """The same of several plans. A GPU's are decomposed on the host, all at a time."""
        # shapes: (d, d)
        covariances = (self._covariance(plan) for plan in plans)
        if self._mapped.device.type == "cpu":
            yield from map(self._shaped, covariances)
            return
        # shape: (plans, d, d)
        on_host = torch.stack(list(covariances)).cpu()
        with ThreadPoolExecutor() as threads:
            for objective, matrix in threads.map(self._shaped, on_host):
                yield objective, matrix.to(self._mapped.device)

    def plan(self, matrix: torch.Tensor, temperature: float) -> torch.Tensor:
        """The plan for such a matrix, shape: (n, m)."""
        # shape: (n, m)
        fit = self._mapped @ matrix @ self._fixed.T
        fit = fit / fit.std() - self._penalty
        return self._sinkhorn(fit / (fit.std() * temperature))

    def anneal(self, plan: torch.Tensor, hottest: float, iterations: int) -> torch.Tensor:
        """The plan after both steps in turn while the temperature falls, shape: (n, m)."""
        for temperature in _falling(hottest, iterations):
            plan = self.plan(self.matrix(plan)[1], temperature)
        return plan

    def solution(self, plan: torch.Tensor) -> "tuple[float, np.ndarray]":
        """The objective of a plan, and its orthogonal matrix."""
        # shape: (d, d)
        covariance = self._covariance(plan).cpu()
        # shapes: (d, d), (d,), (d, d)
        left, strengths, right = torch.linalg.svd(covariance)
        # shape: (d, d)
        W = (left @ right).T
        return float(strengths.sum()), W.numpy()

    def _shaped(self, covariance: torch.Tensor) -> "tuple[float, torch.Tensor]":
        # shapes: (d, d), (d,), (d, d)
        left, strengths, right = torch.linalg.svd(covariance)
        # shape: (d, d)
        shaped = (left * (strengths / strengths[0]) ** self._power) @ right
        return float(strengths.sum()), shaped

    def _covariance(self, plan: torch.Tensor) -> torch.Tensor:
        # shape: (d, d)
        return self._mapped.T @ (plan @ self._fixed)

    def _sinkhorn(self, logits: torch.Tensor) -> torch.Tensor:
        """The plan nearest to exp(logits) in which every word has its share, shape: (n, m)."""
        # shape: (n, m)
        kernel = (logits - logits.amax(dim=1, keepdim=True)).exp_()
        # shape: (m,)
        columns = torch.ones_like(self._fixed_share)
        for _ in range(_SINKHORN_STEPS):
            # shape: (n,)
            rows = self._mapped_share / (kernel @ columns).clamp_min(_TINY)
            # shape: (m,)
            columns = self._fixed_share / (rows @ kernel).clamp_min(_TINY)
        return kernel.mul_(rows[:, None]).mul_(columns)

    def _shares(self, words: int, exponent: float) -> torch.Tensor:
        # shape: (words,)
        ranks = torch.arange(words, device=self._mapped.device)
        # shape: (words,)
        shares = (ranks + float(_SHARE_OFFSET)) ** -exponent
        return shares / shares.sum()

    def _log_ranks(self, words: int) -> torch.Tensor:
        # shape: (words,)
        ranks = torch.arange(words, device=self._mapped.device)
        return (ranks + float(_RANK_OFFSET)).log()


def _falling(hottest: float, steps: int) -> List[float]:
    """Temperatures from the hottest to the coldest."""
    if steps == 1:
        return [_COLDEST]
    return [hottest * (_COLDEST / hottest) ** (step / (steps - 1)) for step in range(steps)]
