"""A small corpus of each language, and what the reader makes of a file."""

from xner_allennlp.data import ConllNerReader

SOURCE = "EU NNP B-ORG\nrejects V O\n\nPeter N B-PER\nBlackburn N I-PER\n\nBrussels N B-LOC\n"
TARGET = "Jan N B-PER\nwoont V O\n\nGoes N B-LOC\n"


def read(path, **options):
    return list(ConllNerReader(**options).read(path))


def words(instances):
    return [[token.text for token in instance["tokens"]] for instance in instances]


def tags(instances):
    return [
        instance["tags"].labels if "tags" in instance.fields else None for instance in instances
    ]


def languages(instances):
    return [instance["metadata"]["language"] for instance in instances]
