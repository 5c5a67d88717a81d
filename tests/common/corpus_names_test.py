from typing import Optional

import pytest

from xner_allennlp.common.corpus_names import language_and_split


@pytest.mark.parametrize(
    "name, language, split",
    [
        ("ner/nl.testa", "nl", "testa"),
        ("ned.testb", "nl", "testb"),
        ("en.dev.conll", "en", "testa"),
        ("nl.vec.gz", "nl", None),
        ("cc.nl.300.vec.gz", "nl", None),
        ("wiki.nl.vec", "nl", None),
        ("wiki.nl.align.vec", "nl", None),
        ("wiki.multi.nl.vec", "nl", None),
        ("wiki.vec", None, None),
        ("cc.train", None, "train"),
        ("cc", None, None),
        ("nl", None, None),
        ("news.test", None, "testb"),
    ],
)
def test_what_a_name_tells(name: str, language: Optional[str], split: Optional[str]) -> None:
    assert language_and_split(name) == (language, split)
