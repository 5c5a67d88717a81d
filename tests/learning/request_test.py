"""What the command line's options ask for."""

from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.learning.request import Request, files_and_pair

ONE = {
    "source_corpus": ["/data/eng.train"],
    "target_text": ["text.txt"],
    "source_vectors": ["cc.en.300.vec.gz"],
    "target_vectors": ["nl.vec.gz"],
    "source_dev": [],
}
CODES = {"source": "en", "target": "nl"}
TWO = {**ONE, "source_corpus": ["en.conll", "esp.train"], "source_vectors": ["en.vec", "es.vec"]}


def test_languages_by_names() -> None:
    assert files_and_pair(ONE) == ({name: path for name, [path] in _given(ONE)}, "en_nl")
    nameless = {name: ["vectors"] for name, _ in _given(ONE)}
    assert files_and_pair(nameless)[1] == "source_target"
    assert files_and_pair(nameless, "fy_nl")[1] == "fy_nl"


@pytest.mark.parametrize("template", ["cc.{}.300.vec.gz", "wiki.{}.vec", "wiki.multi.{}.vec"])
def test_languages_by_the_names_of_fasttext(template: str) -> None:
    vectors = {f"{side}_vectors": [template.format(code)] for side, code in CODES.items()}
    assert files_and_pair({"source_corpus": ["train.conll"], **vectors})[1] == "en_nl"


@pytest.mark.parametrize("names", [["xx.300.vec", "xx.vec"], ["wiki.vec", "wiki.vec"]])
def test_the_same_language_twice_says_nothing(names) -> None:
    vectors = {f"{side}_vectors": [name] for side, name in zip(CODES, names)}
    assert files_and_pair({"source_corpus": ["train.conll"], **vectors})[1] == "source_target"


def _given(options):
    return [each for each in options.items() if each[1]]


@pytest.mark.parametrize("device", ["cpu", "-1"])
def test_the_cpu_has_two_names(device: str, tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("source_corpus", "target_text")}
    for name, path in files.items():
        Path(path).write_text(name)
    assert Request(files, "en_nl", encoder="any", device=device).cuda_device == -1


def test_several_source_languages() -> None:
    files, pair = files_and_pair(TWO)
    assert pair == "en+es_nl"
    assert files == {
        "source_en_corpus": "en.conll",
        "source_es_corpus": "esp.train",
        "source_en_vectors": "en.vec",
        "source_es_vectors": "es.vec",
        "target_text": "text.txt",
        "target_vectors": "nl.vec.gz",
    }
    # As the user says it, whatever the files are called.
    assert files_and_pair(TWO, "xx+yy_zz")[0]["source_yy_corpus"] == "esp.train"


@pytest.mark.parametrize(
    "changed, pair, message",
    [
        ({"source_vectors": ["en.vec"]}, None, "--source-vectors 1, --source-corpus 2"),
        ({"source_dev": ["en.testa"]}, "en+es_nl", "--source-dev 1, --source-corpus 2"),
        ({}, "en_nl", "source languages 1, of files of --source-corpus 2"),
        ({}, "en+es+de_nl", "source languages 3, of files of --source-corpus 2"),
        (
            {"source_corpus": ["en.conll", "corpus"], "source_vectors": ["en.vec", "vectors"]},
            None,
            "give --pair, e.g. en+es_nl",
        ),
        ({"source_corpus": ["en.conll", "en.train"]}, None, "give --pair, e.g. en+es_nl"),
        ({"target_vectors": ["es.vec"]}, None, "give --pair, e.g. en+es_nl"),
    ],
)
def test_one_file_for_each_source_language(changed, pair, message) -> None:
    with pytest.raises(ConfigurationError, match=message.replace("+", "[+]")):
        files_and_pair({**TWO, **changed}, pair)
