"""Target sentences of the toy world, as texts."""

from typing import List

from tests.tiny_runs import ROOT
from xner_allennlp.data import read_conll_file


def sentences(number: int) -> List[List[str]]:
    file = read_conll_file(ROOT / "fixtures" / "toy" / "ner" / "target.testb")
    return [list(sentence.words) for sentence in file.sentences[:number]]


def texts(number: int) -> List[str]:
    return [" ".join(words) for words in sentences(number)]
