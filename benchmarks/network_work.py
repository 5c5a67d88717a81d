"""
The least that the network of the paper must compute and move, counted from the sentences alone:
real words and characters only, each distinct word's characters once, no padding. A measured time
is compared with this work at the machine's peak.
"""

from dataclasses import dataclass
from typing import Iterable, List, Sequence

from setting import (
    BATCH_SIZE,
    CHARACTER_DIM,
    CHARACTER_HIDDEN,
    COMMON_DIM,
    LABELS,
    WORD_DIM,
    WORD_HIDDEN,
)

_FLOAT = 4


@dataclass(frozen=True)
class Work:
    """Floating-point operations of matrix products, and bytes that cannot be kept in a cache."""

    flops: float = 0.0
    traffic: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.flops + other.flops, self.traffic + other.traffic)

    def times(self, factor: float) -> "Work":
        return Work(self.flops * factor, self.traffic * factor)

    def least_seconds(self, gflops: float, gigabytes_per_second: float) -> float:
        """The time at the machine's limit, whichever of the two binds."""
        return max(self.flops / gflops, self.traffic / gigabytes_per_second) / 1e9


@dataclass(frozen=True)
class _Layer:
    """A dense layer, or all gates of a cell; `frozen` inputs need no gradient."""

    inputs: int
    outputs: int
    frozen: int = 0

    @property
    def parameters(self) -> int:
        return self.inputs * self.outputs

    def flops(self, training: bool) -> int:
        forward = 2 * self.parameters
        if not training:
            return forward
        return 2 * forward + 2 * (self.inputs - self.frozen) * self.outputs


def _cell(inputs: int, hidden: int, frozen: int = 0) -> List[_Layer]:
    """The gates of both directions."""
    return [_Layer(inputs + hidden, 4 * hidden, frozen)] * 2


_CHARACTERS = _cell(CHARACTER_DIM, CHARACTER_HIDDEN)
_ENCODER = _cell(WORD_DIM + 2 * CHARACTER_HIDDEN, WORD_HIDDEN, WORD_DIM)
_HEAD = [_Layer(2 * WORD_HIDDEN, COMMON_DIM), _Layer(COMMON_DIM, LABELS)]
_TARGET_DENSE = [_Layer(4 * WORD_HIDDEN, 2 * WORD_HIDDEN)]


def _characters(words: Iterable[str]) -> int:
    return sum(len(word) for word in set(words))


def _pass(
    sentences: Sequence[Sequence[str]],
    character_layers: Sequence[_Layer],
    word_layers: Sequence[_Layer],
    training: bool,
) -> Work:
    words = [word for sentence in sentences for word in sentence]
    characters = _characters(words)
    flops = characters * sum(layer.flops(training) for layer in character_layers)
    flops += len(words) * sum(layer.flops(training) for layer in word_layers)
    # Training reads the parameters twice, writes and twice reads their gradients, writes them back.
    parameters = sum(layer.parameters for layer in [*character_layers, *word_layers])
    traffic = _FLOAT * ((6 if training else 1) * parameters + WORD_DIM * len(words))
    return Work(flops, traffic)


def source_path(sentences: Sequence[Sequence[str]], training: bool = False) -> Work:
    """Sentences of one batch (training), or of a whole corpus, through the source path."""
    return _pass(sentences, _CHARACTERS, [*_ENCODER, *_HEAD], training)


def target_path(sentences: Sequence[Sequence[str]], training: bool = False) -> Work:
    """The same through both encoders and the target-specific layer."""
    layers = [*_ENCODER, *_ENCODER, *_TARGET_DENSE, *_HEAD]
    return _pass(sentences, _CHARACTERS * 2, layers, training)


def joint_step(source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]) -> Work:
    """Equation 7; the source encoder reads a target sentence once for both of its terms."""
    both_terms = _pass(target, [], _HEAD, True)
    return source_path(source, True) + target_path(target, True) + both_terms


def viterbi(batch_size: int, length: int) -> Work:
    """An addition and a comparison for each pair of labels; the scores are read once."""
    steps = batch_size * length
    return Work(2 * steps * LABELS**2, _FLOAT * steps * LABELS)


def mean_work(works: Sequence[Work]) -> Work:
    total = Work()
    for work in works:
        total = total + work
    return total.times(1 / len(works))


def training_step(batches: Sequence[Sequence[Sequence[str]]]) -> Work:
    assert all(len(batch) == BATCH_SIZE for batch in batches)
    return mean_work([source_path(batch, True) for batch in batches])
