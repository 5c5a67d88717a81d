"""A third language beside those of the toy world, and a data folder with all three."""

from pathlib import Path

import numpy as np

from tests.tiny_runs import ROOT, first_sentences
from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import read_word_vectors, write_word_vectors

TOY = ROOT / "fixtures" / "toy"
# The side of the toy world that a language of the data folder is made of.
SIDES = {"en": "source", "es": "source", "nl": "target"}


def write_three_languages(folder: Path, sentences: int = 48) -> Path:
    """
    Laid out as `training_configs/data.libsonnet` wants it: "en" and "nl" are the toy world's, and
    "es" says what "en" says in the same forms, each of which means another word; its vectors are in
    a space of their own. Returns the folder of both mappings into the space of "nl".
    """
    words_of_source = sorted(read_word_vectors(TOY / "vectors" / "source.vec").words)
    other = dict(zip(words_of_source, words_of_source[1:] + words_of_source[:1]))
    for language, side in SIDES.items():
        corpora = folder / "ner" / language
        corpora.mkdir(parents=True)
        for split in ("train", "testa", "testb"):
            text = first_sentences(TOY / "ner" / f"{side}.{split}", sentences)
            lines = [line.split(" ") for line in text.split("\n")]
            if language == "es":
                lines = [[other.get(line[0], line[0]), *line[1:]] for line in lines]
            file = corpora / f"{language}.{split}"
            file.write_text("\n".join(map(" ".join, lines)), encoding="utf-8")
    vectors = {side: read_word_vectors(TOY / "vectors" / f"{side}.vec") for side in SIDES.values()}
    (folder / "vectors").mkdir()
    mapping = Mapping.load(TOY / "mapping.npz")
    dim = mapping.dim
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(dim, dim)))[0].astype(np.float32)
    turned = Mapping(
        mapping.W @ turn.T,
        mapping.direction,
        mapping.normalize,
        {**mapping.means, "source": mapping.means["source"] @ turn.T},
    )
    for language, side in SIDES.items():
        words, matrix = vectors[side].words, vectors[side].matrix
        if language == "es":
            words, matrix = [other.get(word, word) for word in words], matrix @ turn.T
        path = folder / "vectors" / f"{language}.vec.gz"
        write_word_vectors(path, words, [matrix], dim=dim)
    for language, into_target in (("en", mapping), ("es", turned)):
        (folder / "pivot" / language).mkdir(parents=True)
        into_target.save(folder / "pivot" / language / "mapping.npz")
    return folder / "pivot"
