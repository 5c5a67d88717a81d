"""
How often the verdict on a mapping is right: mappings of one pair of languages, right and wrong on
purpose, with their precision@1 by a dictionary that neither they nor the verdict have seen.

    python benchmarks/verdict.py --source en.vec.gz --target nl.vec.gz --train en-nl.0-5000.txt \
        --test en-nl.5000-6500.txt --output runs/verdicts/en_nl.jsonl
    python benchmarks/verdict.py --table runs/verdicts/*.jsonl

Right ones are learned from 300, 1,000 and all pairs of the training dictionary or from words
written alike, refined or not; wrong ones are random rotations, refined or not, and right ones whose
words have changed places. All are made of the vectors as they are, in another order, with half of
the target words, and with noise.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

import numpy as np

from xner_allennlp.mapping import Mapping, RefinementOptions, evaluate_mapping, read_dictionary
from xner_allennlp.mapping.dictionary import equal_words, known_pairs
from xner_allennlp.mapping.normalization import apply_normalization, fit_normalization
from xner_allennlp.mapping.refinement.procrustes import reweight
from xner_allennlp.mapping.refinement.refinement import Refinement
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.verdict.evidence import held_out
from xner_allennlp.mapping.verdict.verdict import DOUBTFUL, FAILED, WORKS, judge
from xner_allennlp.vectors import WordVectors, read_word_vectors

STEPS = ("renorm", "center", "renorm")
VARIANTS = ("plain", "order", "half", "noise")
SEED_PAIRS = (300, 1000, 100_000)
# From here on a mapping counts as right, and below as wrong; between them every verdict will do.
RIGHT, WRONG = 0.1, 0.02

Pair = Tuple[WordVectors, WordVectors]


class Case(NamedTuple):
    """
    A mapping; the source words it was learned from; the pairs of the training dictionary that it
    was not, where a user would have given the dictionary; the words, where they changed places.
    """

    name: str
    W: np.ndarray
    fixed_W: Optional[np.ndarray] = None
    learned_from: Set[str] = frozenset()  # type: ignore[assignment]
    dictionary: Optional[np.ndarray] = None
    source_words: Optional[List[str]] = None


def changed(vectors: WordVectors, variant: str, generator: np.random.Generator) -> WordVectors:
    matrix, rows = vectors.matrix, np.arange(len(vectors))
    if variant == "order":
        rows = generator.permutation(rows)
    elif variant == "half":
        rows = np.sort(generator.permutation(rows)[: len(rows) // 2])
    elif variant == "noise":
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True) / matrix.shape[1] ** 0.5
        matrix = matrix + lengths * generator.normal(size=matrix.shape)
    words = [vectors.words[row] for row in rows]
    return WordVectors(words, matrix[rows].astype(np.float32), variant, vectors.path)


def cases(pair: Pair, train: List[Tuple[str, str]], seed: int) -> Iterator[Case]:
    source, target = pair
    spaces = [
        apply_normalization(one.matrix, STEPS, fit_normalization(one.matrix, STEPS)) for one in pair
    ]
    generator = np.random.default_rng(seed)

    def fit(pairs: np.ndarray, power: float = 0, whitening: float = 0) -> Any:
        return reweight(spaces[0][pairs[:, 0]], spaces[1][pairs[:, 1]], power, whitening)

    def refined(name: str, W: np.ndarray, **rest: Any) -> Iterator[Case]:
        options = RefinementOptions(iterations=4, build="S2T&T2S", max_rank=None, power=0.25)
        search = TranslationSearch(*spaces)
        found = Refinement(*spaces, search=search, options=options).refine(W, seed=seed)
        yield Case(f"{name}, refined", found.W, **rest)
        if found.pairs is not None:
            yield Case(f"{name}, refined and re-weighted", *fit(found.pairs, 0.5, 0.8), **rest)

    dim = source.dim
    for name in ("rotation", "another rotation"):
        W = np.linalg.qr(generator.normal(size=(dim, dim)))[0].astype(np.float32)
        yield Case(name, W)
        yield from refined(name, W)
    alike = np.array(equal_words(source.words, target.words)).reshape(-1, 2)
    if len(alike) >= 50:
        kept = alike[~held_out(alike, source.words)]
        W = fit(kept)[0]
        words = {source.words[row] for row in kept[:, 0]}
        yield Case("alike", W, learned_from=words)
        yield from refined("alike", W, learned_from=words)
    pairs = generator.permutation(known_pairs(train, source.index(), target.index()))
    for number in SEED_PAIRS if len(pairs) else ():
        some = pairs[:number]
        is_held_out = held_out(some, source.words)
        W, fixed_W = fit(some[~is_held_out], 0.5, 0.6)
        words = {source.words[row] for row in some[~is_held_out, 0]}
        name = f"{len(some)} pairs"
        yield Case(f"{name}, dictionary known", W, fixed_W, words, some[is_held_out])
        yield Case(f"{name}, dictionary unknown", W, fixed_W)
        if number < len(pairs):
            yield from refined(name, fit(some)[0])
    shuffled = [source.words[row] for row in generator.permutation(len(source))]
    yield Case("words that have changed places", W, fixed_W, source_words=shuffled)


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
        for case in cases((source, target), train, arguments.seed):
            words = case.source_words or source.words
            named = WordVectors(words, source.matrix, "s", source.path)
            mapping = Mapping(case.W, "source_to_target", STEPS, means=means, fixed_W=case.fixed_W)
            verdict = judge(
                mapping,
                named,
                target,
                dictionary=case.dictionary,
                learned_from=case.learned_from,
            )
            precision = evaluate_mapping(mapping, named, target, test)["source_to_target"]
            yield {
                "pair": f"{Path(arguments.source).stem}-{Path(arguments.target).stem}",
                "variant": variant,
                "case": case.name,
                "precision": precision["csls_precision_at_1"],
                **verdict.as_dict(),
            }


def table(rows: List[Dict[str, Any]]) -> None:
    """How many mappings of each kind have which verdict."""
    kinds: Dict[str, Counter] = {}  # type: ignore[type-arg]
    for row in rows:
        value = row["precision"]
        if value is None:  # no dictionary: a rotation or exchanged words are wrong all the same
            value = 0 if "rotation" in row["case"] or "places" in row["case"] else RIGHT
        kind = "right" if value >= RIGHT else "wrong" if value < WRONG else "between"
        kinds.setdefault(kind, Counter())[row["statement"]] += 1
        if (kind, row["statement"]) in (("right", FAILED), ("wrong", WORKS)):
            print("ERROR", row["pair"], row["variant"], row["case"], value, row["summary"])
    print(f"{'':10}" + "".join(f"{name:>10}" for name in (WORKS, DOUBTFUL, FAILED)))
    for kind, counts in kinds.items():
        print(f"{kind:10}" + "".join(f"{counts[name]:10}" for name in (WORKS, DOUBTFUL, FAILED)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--source")
    parser.add_argument("--target")
    parser.add_argument("--train", help="dictionary to learn from")
    parser.add_argument("--test", help="dictionary that tells right from wrong")
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--table", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.table:
        table([json.loads(line) for path in arguments.table for line in path.open()])
        return
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w") as stream:
        for row in measure(arguments):
            stream.write(json.dumps(row) + "\n")
            stream.flush()


if __name__ == "__main__":
    main()
