"""The subcommand `xner-map evaluate`."""

import argparse
import json
import sys
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Type

from xner_allennlp.console.command_line import Command
from xner_allennlp.console.map.vector_arguments import add_mapping, add_vectors, read_both
from xner_allennlp.mapping import Mapping, read_dictionary
from xner_allennlp.mapping.dictionary import check_direction, known_pairs
from xner_allennlp.mapping.starts import MappingStart
from xner_allennlp.mapping.use.translator import Translator
from xner_allennlp.mapping.verdict.domain_accuracy import domain_accuracy
from xner_allennlp.mapping.verdict.evaluation import (
    departure_from_isometry,
    dictionary_precision,
    mean_csls_cosine,
)
from xner_allennlp.mapping.verdict.verdict import judge
from xner_allennlp.mapping.verdict.word_similarity import read_word_similarity, word_similarity
from xner_allennlp.vectors import WordVectors

_CUTOFFS = ("1", "5", "10")


class Evaluate(Command):
    """Measures a mapping."""

    name = "evaluate"
    help = "measure how good a mapping is, with or without a dictionary"
    description = """\
Measure a mapping. Always: the verdict (works, doubtful or failed: by the
dictionary if one is given, unless the mapping has learned from one; else that of
learning), the mean CSLS cosine (the
unsupervised criterion: higher is better, comparable between mappings of the same
vectors only), how well a linear probe still tells the languages apart (0.5:
perfectly mixed, 1: apart), and how far the matrix is from an isometry. With a
dictionary: precision@1/5/10 by cosine (nn) and CSLS, in both directions. With
judged word pairs: Spearman's rank correlation with the cosines."""
    examples = """\
  xner-map evaluate runs/en_nl/mapping.npz --source-vectors en.vec \\
      --target-vectors nl.vec --dictionary en-nl.5000-6500.txt
  xner-map evaluate runs/en_nl/mapping.npz --source-vectors en.vec \\
      --target-vectors nl.vec --word-similarity en-nl.semeval.tsv --json"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_mapping(parser)
        add_vectors(parser, max_words=200_000)
        parser.add_argument(
            "--dictionary",
            metavar="FILE",
            help="right translations: a source word and a target word a line; a word with several "
            "translations has several lines",
        )
        parser.add_argument(
            "--word-similarity",
            metavar="FILE",
            help="a source word, a target word and how similar people find them a line, parted by "
            "tabs or spaces",
        )
        parser.add_argument("--json", action="store_true", help="print a JSON object, no table")

    def run(self, args: argparse.Namespace) -> int:
        mapping = Mapping.load(args.mapping)
        # What can be wrong is read first: the rest takes long.
        dictionary = read_dictionary(args.dictionary) if args.dictionary else None
        judged = read_word_similarity(args.word_similarity) if args.word_similarity else None
        source, target = read_both(args, mapping)
        if dictionary is not None:
            check_direction(dictionary, source, target, args.dictionary)
        translator = Translator.of_mapping(mapping, source, target)
        space = translator.space
        measures: Dict[str, Any] = {
            "source_words": len(source),
            "target_words": len(target),
            "verdict": _verdict(mapping, source, target, dictionary),
            "mean_csls_cosine": mean_csls_cosine(space, mapping.mapped_language),
            "domain_accuracy": domain_accuracy(space),
            "isometry": departure_from_isometry(mapping.W),
        }
        if mapping.fixed_W is not None:
            measures["isometry_of_fixed_language"] = departure_from_isometry(mapping.fixed_W)
        if dictionary is not None:
            measures["precision"] = dictionary_precision(
                space, translator.words("source"), translator.words("target"), dictionary
            )
        if judged is not None:
            measures["word_similarity"] = word_similarity(translator, judged)
        if args.json:
            sys.stdout.write(json.dumps(measures, indent=2) + "\n")
        else:
            for line in _table(measures):
                sys.stdout.write(line + "\n")
        return 0


def _verdict(
    mapping: Mapping,
    source: WordVectors,
    target: WordVectors,
    dictionary: Optional[Sequence[Tuple[str, str]]],
) -> Dict[str, Any]:
    start = _start(mapping)
    if start is not None and start.takes_seed_dictionary:
        # It may have learned from this one, of which few words may have been held out, or none.
        dictionary = None
    if mapping.verdict and dictionary is None:
        return mapping.verdict
    pairs = dictionary and known_pairs(dictionary, source.index(), target.index())
    # Which words it started from the mapping does not say: any of those written alike may be one.
    from_pairs = start is not None and start.from_word_pairs
    return judge(
        mapping,
        source,
        target,
        dictionary=pairs,
        learned_from=frozenset(source.words if from_pairs else ()),
        from_dictionary=start is not None and start.takes_seed_dictionary,
    ).as_dict()


def _start(mapping: Mapping) -> Optional[Type[MappingStart]]:
    """What it was learned from; `None` if it does not say, or in no way that is known here."""
    method = mapping.provenance.get("method")
    return MappingStart.by_name(method) if method in MappingStart.list_available() else None


def _table(measures: Dict[str, Any]) -> Iterator[str]:
    rows: List[Tuple[str, str]] = [
        ("words", f"{measures['source_words']} source, {measures['target_words']} target"),
        ("verdict", measures["verdict"]["summary"]),
        ("mean CSLS cosine", _number(measures["mean_csls_cosine"])),
        ("domain accuracy", _number(measures["domain_accuracy"]) + " (0.5: mixed, 1: apart)"),
        ("isometry of W", _isometry(measures["isometry"])),
    ]
    if "isometry_of_fixed_language" in measures:
        rows.append(("isometry of fixed_W", _isometry(measures["isometry_of_fixed_language"])))
    if "word_similarity" in measures:
        result = measures["word_similarity"]
        rows.append(
            (
                "word similarity",
                f"Spearman {_number(result['spearman'])} on {result['pairs']} pairs "
                f"({result['coverage']:.1%} of the file)",
            )
        )
    for name, value in rows:
        yield f"{name:<20}{value}"
    if "precision" in measures:
        yield ""
        titles = "".join(f"{title:>8}" for title in ("P@1", "P@5", "P@10", "words"))
        yield f"{'translation':<20}{'method':<8}{titles}  coverage"
        for direction, result in measures["precision"].items():
            for method in ("nn", "csls"):
                numbers = "".join(
                    f"{_percent(result[f'{method}_precision_at_{k}']):>8}" for k in _CUTOFFS
                )
                yield (
                    f"{direction.replace('_', ' '):<20}{method:<8}{numbers}{result['words']:>8}"
                    f"  {result['coverage']:.1%}"
                )


def _isometry(result: Dict[str, float]) -> str:
    return (
        f"max |W W^T - I| {result['max_deviation']:.2g}, singular values "
        f"{result['smallest_singular_value']:.4f} to {result['largest_singular_value']:.4f}"
    )


def _number(value: Optional[float]) -> str:
    return "undefined" if value is None else f"{value:.4f}"


def _percent(value: Optional[float]) -> str:
    return "-" if value is None else f"{100 * value:.2f}"
