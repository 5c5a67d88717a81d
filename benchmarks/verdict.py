"""
How often the verdict on a mapping is right: mappings of one pair of languages, right and wrong on
purpose, with their precision@1 by a dictionary that neither they nor the verdict have seen.

    python benchmarks/verdict.py --source en.vec.gz --target nl.vec.gz --train en-nl.0-5000.txt \
        --test en-nl.5000-6500.txt --variants plain --output runs/verdicts/en_nl.jsonl
    python benchmarks/verdict.py --fit runs/verdicts/en_es.jsonl runs/verdicts/en_fi.jsonl
    python benchmarks/verdict.py --table runs/verdicts/*.jsonl

Right ones are learned from 250 and all pairs of the training dictionary or from words
written alike; better or worse ones from 60 pairs and from dictionaries most of whose pairs are
wrong; wrong ones are random rotations and principal axes laid on each other. All but the good ones
are refined, too, by which wrong ones become as good as wrong ones can look. All are made of the
vectors as they are, in another order, with half of the target words, of fewer dimensions, and of
random vectors, where nothing is right. Without dictionaries the translations under a mapping
learned from words written alike stand in.

`--fit` prints the logistic regression that `mapping/verdict/verdict.py` has, `--table` how often
the verdict by it, from the numbers in the files, is right.
"""

import argparse
import json
import zlib
from collections import Counter
from pathlib import Path
from typing import AbstractSet, Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from xner_allennlp.mapping import Mapping, RefinementOptions, read_dictionary
from xner_allennlp.mapping.dictionary import equal_words, known_pairs
from xner_allennlp.mapping.normalization import apply_normalization, fit_normalization
from xner_allennlp.mapping.refinement.procrustes import procrustes, reweight
from xner_allennlp.mapping.refinement.refinement import Refinement
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.verdict.evidence import Precision, UnseenWords, held_out
from xner_allennlp.mapping.verdict.verdict import (
    DOUBTFUL,
    FAILED,
    WORKS,
    Verdict,
    judge,
    log_excess,
)
from xner_allennlp.vectors import WordVectors, read_word_vectors

STEPS = ("renorm", "center", "renorm")
VARIANTS = ("plain", "order", "half", "dimensions", "noise")
SEED_PAIRS = (60, 250, 100_000)
WRONG_SHARES = (0.7, 0.9)
# From here on a mapping counts as right, and below as wrong; between them it should be doubtful.
RIGHT, WRONG = 0.1, 0.02
# What the regression is fitted to: the middle between them.
MIDDLE = 0.05
# Of the training dictionary's words, so many are for measuring: the test dictionary alone has few.
TEST_PART = 0.3

Pair = Tuple[WordVectors, WordVectors]
WordPairs = List[Tuple[str, str]]


class Case(NamedTuple):
    """A mapping, and the source words it was learned from."""

    name: str
    W: np.ndarray
    fixed_W: Optional[np.ndarray] = None
    learned_from: AbstractSet[str] = frozenset()


class Cases:
    """The mappings of one pair of vectors, and the dictionary that tells right from wrong."""

    def __init__(self, pair: Pair, train: WordPairs, test: WordPairs, seed: int) -> None:
        self._source, self._target = pair
        self._generator = np.random.default_rng(seed)
        self._seed = seed
        self._spaces = [
            apply_normalization(one.matrix, STEPS, fit_normalization(one.matrix, STEPS))
            for one in pair
        ]
        self._search = TranslationSearch(*self._spaces)
        self._alike = np.array(equal_words(self._source.words, self._target.words)).reshape(-1, 2)
        if not train:
            train = self._silver_dictionary()
        self.test = test + [pair for pair in train if _is_for_test(pair[0])]
        self._train = self._generator.permutation(
            known_pairs(
                [pair for pair in train if not _is_for_test(pair[0])],
                self._source.index(),
                self._target.index(),
            )
        )

    def __iter__(self) -> Iterator[Case]:
        source, dim = self._source, self._source.dim
        rotations = [
            np.linalg.qr(self._generator.normal(size=(dim, dim)))[0].astype(np.float32)
            for _ in range(2)
        ]
        yield Case("rotation", rotations[0])
        growing: Dict[str, Any] = {"growth_from": max(1000, len(source) // 4), "growth_keep": 0.4}
        yield from self._refined("rotation", rotations[1], **growing)
        yield from self._refined("principal axes", self._principal_axes())
        for number in SEED_PAIRS:
            pairs = self._train[:number]
            words = self._words(pairs)
            yield Case(f"{len(pairs)} pairs", *self._reweighted(pairs), learned_from=words)
            if number == SEED_PAIRS[0]:
                yield from self._refined(f"{len(pairs)} pairs", self._fit(pairs))
        for share in WRONG_SHARES:
            mixed = self._train.copy()
            is_wrong = self._generator.random(len(mixed)) < share
            mixed[is_wrong, 1] = self._generator.integers(len(self._target), size=is_wrong.sum())
            yield Case(f"{share:.0%} of the pairs wrong", self._fit(mixed))
        if len(self._alike) >= 50:
            kept = self._alike[~held_out(self._alike, source.words)]
            words = self._words(kept)
            yield Case("alike", self._fit(kept), learned_from=words)
            yield from self._refined("alike", self._fit(kept), learned_from=words)

    def _fit(self, pairs: np.ndarray) -> np.ndarray:
        return procrustes(self._spaces[0][pairs[:, 0]], self._spaces[1][pairs[:, 1]])

    def _reweighted(self, pairs: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        return reweight(self._spaces[0][pairs[:, 0]], self._spaces[1][pairs[:, 1]], 0.5, 0.6)

    def _refined(
        self,
        name: str,
        W: np.ndarray,
        learned_from: AbstractSet[str] = frozenset(),
        **options: Any,
    ) -> Iterator[Case]:
        refinement = Refinement(
            *self._spaces,
            search=self._search,
            options=RefinementOptions(
                iterations=3, build="S2T&T2S", max_rank=None, power=0.25, **options
            ),
        )
        found = refinement.refine(W, seed=self._seed)
        yield Case(f"{name}, refined", found.W, learned_from=learned_from)

    def _principal_axes(self) -> np.ndarray:
        # shapes: (d, d)
        mapped, fixed = (np.linalg.eigh(space.T @ space)[1] for space in self._spaces)
        signs = self._generator.choice([-1, 1], size=len(mapped))
        return np.asarray((fixed * signs) @ mapped.T, dtype=np.float32)

    def _silver_dictionary(self) -> WordPairs:
        W = self._fit(self._alike)
        options = RefinementOptions(iterations=3, build="S2T&T2S", max_rank=None, power=0.25)
        refinement = Refinement(*self._spaces, search=self._search, options=options)
        pairs = refinement.dictionary(refinement.refine(W, seed=self._seed).W)
        words = [(self._source.words[row], self._target.words[other]) for row, other in pairs]
        return [(one, other) for one, other in words if one != other]

    def _words(self, pairs: np.ndarray) -> AbstractSet[str]:
        return {self._source.words[row] for row in pairs[:, 0]}


def _is_for_test(word: str) -> bool:
    return zlib.crc32(word.encode()) % 100 < 100 * TEST_PART


def changed(vectors: WordVectors, variant: str, generator: np.random.Generator) -> WordVectors:
    matrix, rows = vectors.matrix, np.arange(len(vectors))
    if variant == "order":
        rows = generator.permutation(rows)
    elif variant == "half":
        rows = np.sort(generator.permutation(rows)[: len(rows) // 2])
    elif variant == "dimensions":
        centred = matrix - matrix.mean(axis=0)
        # shape: (d, d / 3)
        axes = np.linalg.eigh(centred.T @ centred)[1][:, -matrix.shape[1] // 3 :]
        matrix = centred @ axes
    elif variant == "noise":
        matrix = generator.normal(size=matrix.shape)
    words = [vectors.words[row] for row in rows]
    return WordVectors(words, matrix[rows].astype(np.float32), variant, vectors.path)


def measure(arguments: argparse.Namespace) -> Iterator[Dict[str, Any]]:
    train = read_dictionary(arguments.train) if arguments.train else []
    test = read_dictionary(arguments.test) if arguments.test else []
    whole = [
        read_word_vectors(path, max_words=arguments.words)
        for path in (arguments.source, arguments.target)
    ]
    for variant in arguments.variants:
        generator = np.random.default_rng(arguments.seed)
        source = changed(whole[0], "plain" if variant == "half" else variant, generator)
        target = changed(whole[1], variant, generator)
        means = {
            name: fit_normalization(one.matrix, STEPS)
            for name, one in (("source", source), ("target", target))
        }
        cases = Cases((source, target), train, test, arguments.seed)
        for case in cases:
            mapping = Mapping(case.W, "source_to_target", STEPS, means=means, fixed_W=case.fixed_W)
            pairs = known_pairs(cases.test, source.index(), target.index())
            verdict = judge(
                mapping, source, target, dictionary=pairs, learned_from=case.learned_from
            )
            assert verdict.dictionary is not None
            yield {
                "pair": arguments.output.stem,
                "words": len(source),
                "variant": variant,
                "case": case.name,
                "precision": verdict.dictionary.value,
                "precision_words": verdict.dictionary.words,
                "unseen": verdict.unseen,
                "alike": verdict.alike,
            }


def read(paths: List[Path]) -> Iterator[Tuple[Dict[str, Any], Verdict]]:
    """The rows of such files, and the verdict without the dictionary."""
    for path in paths:
        for line in path.open():
            row = json.loads(line)
            alike = Precision(*row["alike"]) if row["alike"] else None
            yield row, Verdict(UnseenWords(*row["unseen"]), alike=alike)


def fit(paths: List[Path]) -> None:
    """Prints the coefficients of the regression."""
    from sklearn.linear_model import LogisticRegression

    rows = list(read(paths))
    evidence = np.array([[log_excess(verdict.unseen)] for _, verdict in rows])
    is_right = np.array([row["precision"] >= MIDDLE for row, _ in rows])
    fitted = LogisticRegression(C=100, max_iter=10_000).fit(evidence, is_right)
    numbers = f"constant {fitted.intercept_[0]:.2f}, weight {fitted.coef_[0][0]:.2f}"
    print(f"{len(rows)} mappings: {numbers}")


def table(paths: List[Path], without_alike: bool) -> None:
    """How many mappings of each kind have which verdict."""
    counts: Dict[Tuple[str, str], Counter[str]] = {}
    for row, verdict in read(paths):
        if without_alike:
            verdict = verdict._replace(alike=None)
        precision = row["precision"]
        kind = "right" if precision >= RIGHT else "wrong" if precision < WRONG else "between"
        counts.setdefault((row["pair"], kind), Counter())[verdict.statement] += 1
        if (kind, verdict.statement) in (("right", FAILED), ("wrong", WORKS)):
            print("ERROR", row["pair"], row["variant"], row["case"], precision, verdict.summary)
    statements = (WORKS, DOUBTFUL, FAILED)
    print(f"{'':30}" + "".join(f"{name:>10}" for name in statements))
    for (pair, kind), found in sorted(counts.items()):
        print(f"{pair:20}{kind:10}" + "".join(f"{found[name]:10}" for name in statements))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--source")
    parser.add_argument("--target")
    parser.add_argument("--train", help="dictionary to learn from")
    parser.add_argument("--test", help="dictionary that tells right from wrong")
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--fit", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--table", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--without-alike", action="store_true", help="a table without words written alike"
    )
    arguments = parser.parse_args()
    if arguments.fit:
        fit(arguments.fit)
    elif arguments.table:
        table(arguments.table, arguments.without_alike)
    else:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        with arguments.output.open("w") as stream:
            for row in measure(arguments):
                stream.write(json.dumps(row) + "\n")
                stream.flush()


if __name__ == "__main__":
    main()
