"""The arguments that name a mapping and vector files, and what they stand for."""

import argparse
from typing import Tuple

from xner_allennlp.common.arguments import positive
from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import WordVectors, read_word_vectors

_FORMATS = "text (.vec, .vec.gz), .npz, .npy or word2vec's .bin"


def add_mapping(parser: argparse.ArgumentParser) -> None:
    """The positional argument MAPPING."""
    parser.add_argument(
        "mapping", metavar="MAPPING", help="the mapping.npz that `xner-map learn` has written"
    )


def add_vectors(parser: argparse.ArgumentParser, *, max_words: int) -> None:
    """The options for both languages' vector files."""
    parser.add_argument(
        "--source-vectors",
        required=True,
        metavar="FILE",
        help=f"word vectors of the source language, most frequent word first: {_FORMATS}",
    )
    parser.add_argument(
        "--target-vectors",
        required=True,
        metavar="FILE",
        help="word vectors of the target language",
    )
    parser.add_argument(
        "--max-words",
        type=positive,
        default=max_words,
        metavar="N",
        help="read the first N words of each file only; CSLS takes time that grows with the square "
        "of it (default: %(default)s)",
    )
    add_lowercase(parser)


def add_lowercase(parser: argparse.ArgumentParser) -> None:
    """The option --lowercase."""
    parser.add_argument(
        "--lowercase",
        action="store_true",
        help="lower-case the words of the vector files; of words that become equal the first stays",
    )


def read_both(args: argparse.Namespace, mapping: Mapping) -> Tuple[WordVectors, WordVectors]:
    """Reads both vector files, and checks that they are not swapped."""
    source, target = read_files(args)
    mapping.check_vectors(source.fingerprint, "source", source.path)
    mapping.check_vectors(target.fingerprint, "target", target.path)
    return source, target


def read_files(args: argparse.Namespace) -> Tuple[WordVectors, WordVectors]:
    """Reads both vector files."""
    source, target = (
        read_word_vectors(path, max_words=args.max_words, lowercase=args.lowercase)
        for path in (args.source_vectors, args.target_vectors)
    )
    return source, target
