"""Which lines are rows, which columns hold what: files as people have them, through the reader."""

from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.data import ConllFile, ConllNerReader, read_conll_file

Read = Callable[..., ConllFile]
ANNA = [(["Anna", "slept"], ["B-PER", "O"])]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(content: str, **options: Any) -> ConllFile:
        path = tmp_path / "x.tsv"
        path.write_text(content, "utf-8")
        return read_conll_file(path, **options)

    return write_and_read


def found(file: ConllFile) -> List[Tuple[List[str], Optional[List[str]]]]:
    return [(sentence.words, sentence.tags) for sentence in file.sentences]


@pytest.mark.parametrize(
    "content",
    [
        "1 Anna NNP I-NP B-PER\n2 slept VBD I-VP O\n",
        "0\tAnna\tB-PER\n1\tslept\tO\n",
        "1\tAnna\tB-PER\tO\n2\tslept\tO\tO\n",
        "1\tAnna\tB-PER\t-\tann\n2\tslept\tO\t-\t-\n",
        "1-2\tAnnaslept\t_\n1\tAnna\tB-PER\n2\tslept\tO\n2.1\tgone\tO\n",
        "1\tAnna\t_\tSpaceAfter=No|name=B-PER\n2\tslept\t_\tname=O\n",
        "Anna\tB-PER\tO\nslept\tO\tO\n\nUni\tB-ORG\tO\nGent\tI-ORG\tB-LOC\n",
        "Anna\tB-PER\tO\nslept\tO\tO\n",
        "Anna NNP B-NP B-PER\nslept VBD B-VP O\n",
        "Anna B-NP B-PER\nslept B-VP O\n",
        "B-PER\tAnna\nO\tslept\n\nO\t.\n",
        "Anna\tB-PER\t\nslept\tO\t\n",
        "\tAnna\tB-PER\n\tslept\tO\n",
        "Anna,B-PER\nslept,O\n",
        '"Anna";"B-PER"\nslept;O\n',
        "token,tag\nAnna,B-PER\nslept,O\n",
        "word\tpos\tner\tlemma\nAnna\tN\tB-PER\tAnna\nslept\tV\tO\tsleep\n",
        "TOKEN\tNE-COARSE-LIT\tNE-FINE\tMISC\n# lang = en\nAnna\tB-PER\tB-x\t_\nslept\tO\tO\t_\n",
        "# a comment\nAnna B-PER\nslept O\n",
        "#\thttp://example.org [2009]\nAnna\tB-PER\nslept\tO\n",
        "# id 0\tdomain=en\nAnna _ _ B-PER\nslept _ _ O\n",
        "#DOCSTART\n\nAnna\tB-PER\nslept\tO\n\n# DOCSTART\nMia\tO\n",
        "#begin document (x); part 000\nAnna B-PER\nslept O\n\n#end document\n",
        "Anna B-PER\n# line = 2 of 3\nslept O\n",
        "# text = I like O\n1\tAnna\tB-PER\n2\tslept\tO\n",
        "## id-7\t<Anna:PER> slept\nAnna\tB-PER\nslept\tO\n",
        "###MEDLINE:95369245\n\nAnna\tB-PER\nslept\tO\n",
        "# global.columns = LEMMA FORM CONLL:NER FEATS\nanna Anna B-PER _\nsleep slept O _\n",
        "1-2\tAnnaslept\t_\t_\t_\n1\tAnna\tB-PER\t-\ta\n2\tslept\tO\t-\t-\n",
        "Anna (PER*)\nslept *\n",
        "Anna (PER)\nslept *\n\nMia (PER*\nSmit *)\n",
        "d/x 0 0 Anna N (S(NP*) - - - - (PER) * -\nd/x 0 1 slept V *) go 1 - - * (V*) * -\n",
        "en:Anna\tB-PER\nen:slept\tO\n",
    ],
)
def test_files_that_say_the_same(read: Read, content: str) -> None:
    assert found(read(content))[:1] == ANNA


@pytest.mark.parametrize("other", ["Gent\tB-LOC", "nu\tO"])
def test_a_predicted_column_is_no_nested_one(read: Read, other: str) -> None:
    """The last column holds the tags, as of old, though the one before it does too."""
    content = "Anna\tB-PER\tB-PER\nslept\tO\tO\n" + f"{other}\tO\n"
    assert [tags for _, tags in found(read(content))] == [["B-PER", "O", "O"]]


@pytest.mark.parametrize(
    "row",
    ["# O", "#winter O", "# B-PER", "#\tO", "## O", "#1 O"],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_token_of_a_hash_is_no_comment(read: Read, row: str, place: int) -> None:
    rows = ["Anna B-PER", "slept O"]
    rows.insert(place, row)
    file = read("# id 1\n" + "\n".join(rows) + "\n")
    assert file.sentences[0].words == [line.split()[0] for line in rows]
    assert file.repairs == {"comment lines": 1}


@pytest.mark.parametrize("content", ["#\n#\n", "a\n#\n\n# b c\n#winter\n", "# O\n\n# B-PER\n"])
def test_hashes_everywhere(read: Read, content: str) -> None:
    words = [word for sentence in read(content).sentences for word in sentence.words]
    assert "#" in words


@pytest.mark.parametrize("row", ["#winter", "#", "# O x"])
def test_a_broken_row_is_not_taken_for_a_comment(read: Read, row: str) -> None:
    with pytest.raises(ConfigurationError, match="line 2: .* column"):
        read(f"Anna B-PER\n{row}\nslept O\n")


def test_comments_where_tags_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "nl.train"
    path.write_text("# id 00\tdomain=nl\nAnna _ _ B-PER\nslaapt _ _ O\n")
    reader = ConllNerReader(language="target").for_prediction("target")
    [instance] = reader.read(str(path))
    assert instance["metadata"]["words"] == ["Anna", "slaapt"]  # type: ignore[index]
    path.write_text("1\tAnna\tB-PER\tO\n2\tslaapt\tO\tO\n")
    [instance] = reader.read(str(path))
    assert instance["metadata"]["words"] == ["Anna", "slaapt"]  # type: ignore[index]


def test_numbers_that_are_words(read: Read) -> None:
    for content in ("1 O\n2 O\n", "1 B-PER\n\n1 O\n", "7 NN O\n9 NN O\n", "1\n2\n"):
        assert read(content).sentences[0].words[0] in "17"


@pytest.mark.parametrize(
    "tokens",
    [["-", "Local", "news", "place"], ["name=a", "ner=b", "c", "d"], ["0", "PER", "O", "x"]],
)
@pytest.mark.parametrize("number", [False, True])
def test_words_that_look_like_tags(read: Read, tokens: List[str], number: bool) -> None:
    rows = [f"{token}\tO" for token in tokens[:-1]] + [f"{tokens[-1]}\tB-X"]
    if number:
        rows = [f"{place}\t{row}" for place, row in enumerate(rows, start=1)]
    assert found(read("\n".join(rows) + "\n")) == [(tokens, ["O", "O", "O", "B-X"])]


def test_columns_by_name(read: Read) -> None:
    content = "TOKEN\tNE-COARSE-LIT\tNE-FINE-LIT\nAnna\tB-pers\tB-pers.ind\nslept\tO\tO\n"
    assert found(read(content, tag_column="ne-fine-lit"))[0][1] == ["B-pers.ind", "O"]
    assert found(read(content, token_column="TOKEN"))[0][1] == ["B-pers", "O"]
    with pytest.raises(ConfigurationError, match="no tag_column 'NER'; the columns are TOKEN, NE-"):
        read(content, tag_column="NER")


def test_a_header_with_comments_alone(read: Read) -> None:
    with pytest.raises(ConfigurationError, match="line 2: 1 column"):
        read("TOKEN\tTAG\tMISC\n# id 1\n\n", separator="tab")


def test_sentences_by_columns(read: Read) -> None:
    numbered = (
        'Sentence #,Word,POS,Tag\nSentence: 1,Anna,N,B-PER\n,slept,V,O\nSentence: 2,"""",N,O\n'
    )
    assert [words for words, _ in found(read(numbered))] == [["Anna", "slept"], ['"']]
    hipe = (
        "TOKEN\tNE-COARSE-LIT\tMISC\nAnna\tB-pers\t_\n.\tO\tNoSpaceAfter|EndOfSentence\nJa\tO\t_\n"
    )
    assert [words for words, _ in found(read(hipe))] == [["Anna", "."], ["Ja"]]


@pytest.mark.parametrize(("blank", "words"), [("", "_"), (" ", "_"), ("\u200b", "\u200b")])
def test_blank_tokens(read: Read, blank: str, words: str) -> None:
    content = f"Anna Smit\tB-PER\n{blank}\tO\nslept\tO\n"
    file = read(content)
    assert file.sentences[0].words == ["Anna Smit", words, "slept"]
    assert sum(file.repairs.values()) == 1
    dropped = read(content, blank_tokens="drop")
    assert found(dropped) == [(["Anna Smit", "slept"], ["B-PER", "O"])]
    assert dropped.repairs == {"empty or invisible tokens dropped": 1}
    with pytest.raises(ConfigurationError, match="line 2: .*that of the token is empty"):
        read(content, blank_tokens="refuse")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Anna B-PER\n O\nslept O\n", ["Anna", "_", "slept"]),
        ("Anna B-PER\n  O\nslept O\n", ["Anna", "_", "slept"]),
        ("Anna B-PER\n\u200d O\nslept O\n", ["Anna", "\u200d", "slept"]),
        ("B-PER Anna\nO \nO slept\nO .\n", ["Anna", "_", "slept", "."]),
        ("1 Anna B-PER\n2  O\n3 slept O\n", ["Anna", "_", "slept"]),
        ("Anna N B-PER\n N O\nslept V O\n", ["Anna", "_", "slept"]),
    ],
)
def test_blank_tokens_between_spaces(read: Read, content: str, words: List[str]) -> None:
    file = read(content)
    assert file.sentences[0].words == words
    assert sum(file.repairs.values()) == 1
    assert words[1] not in read(content, blank_tokens="drop").sentences[0].words
    with pytest.raises(ConfigurationError, match="line 2: .*that of the token is empty"):
        read(content, blank_tokens="refuse")


@pytest.mark.parametrize("row", [" Smit", "  Smit", "Smit ", " Smit B-PER O"])
def test_a_row_that_lost_its_tag_has_no_blank_token(read: Read, row: str) -> None:
    with pytest.raises(ConfigurationError, match="line 2: . column"):
        read(f"Anna B-PER\n{row}\nslept O\n")


@pytest.mark.parametrize(
    "content",
    [
        "TOKEN\tNE-COARSE-LIT\tMISC\n# date = 1798\nAnna\t_\tEndOfLine\nslept\t_\t_\n",
        "# id 7\tdomain=test\nAnna _ _ _\nslept _ _ _\n",
        "Anna\t?\nslept\t?\n",
    ],
)
def test_masked_tags(read: Read, content: str) -> None:
    file = read(content)
    assert found(file) == [(["Anna", "slept"], None)]
    assert (file.scheme, "the tags are masked" in file.notes[0]) == (None, True)


def test_numbered_words_without_tags(read: Read) -> None:
    file = read("# x\n1\tAnna\n2\tslept\n\n1\tMia\n2\tsings\n")
    assert found(file) == [(["Anna", "slept"], None), (["Mia", "sings"], None)]


def test_brackets_without_partner(read: Read) -> None:
    for content in ("Anna (PER*\nslept *\n", "Anna *)\nx (PER)\ny *\n", "a (X*\nb (Y*)\nc *)\n"):
        with pytest.raises(ConfigurationError, match="line 1: .* is not a tag"):
            read(content)


def test_languages_are_in_few_words(read: Read) -> None:
    """WikiANN has its language before every word; other words may have a colon."""
    for content in ("nl:Jan O\nvan O\n", "a:b O\nc:d O\n", "nl:Jan O\n"):
        assert read(content).sentences[0].words[0] == content.split()[0]
    file = read("nl:Jan O\nnl:: O\nnl:12:30 O\n")
    assert file.sentences[0].words == ["Jan", ":", "12:30"]
    assert file.repairs == {"languages before words, left out": 3}


def test_other_formats_are_named(read: Read) -> None:
    for content, name in (
        ("<?xml version='1.0'?>\n", "XML"),
        ("<DOC>\nin <EM>Oslo</EM>\n", "XML or SGML"),
        ("T1\tPER 0 4\tAnna\n", "standoff of brat"),
        ("#FORMAT=WebAnno TSV 3.3\n", "WebAnno TSV 3"),
        ("2 12\nhuis" + 12 * " -0.25" + "\n, " + 12 * "1e-5 " + "\n", "text with word vectors"),
        (2 * ("huis" + 10 * " 1" + "\n"), "text with word vectors"),
    ):
        with pytest.raises(ConfigurationError, match=f"line 1: this is {name}"):
            read(content)
    assert found(read("<?xml\tO\nT1\tO\n")) == [(["<?xml", "T1"], ["O", "O"])]
    numbers = f"a{12 * ' 0.5'} O\nb{12 * ' 0.5'} B-PER\n"
    assert found(read(numbers)) == [(["a", "b"], ["O", "B-PER"])]


def test_json_is_named(read: Read) -> None:
    for content in ('{"tokens": ["a"], "tags": ["O"]}\n', '[\n  {\n    "text": "a"\n  }\n]\n'):
        with pytest.raises(ConfigurationError, match="this is JSON.*convert --from jsonl"):
            read(content)
    assert read('{ O\n" O\n').sentences[0].words == ["{", '"']
    assert read('[ O\n{ O\n" O\n').sentences[0].words == ["[", "{", '"']


@pytest.mark.parametrize(
    ("content", "kind", "count"),
    [
        ("吴 B-PER\n重 M-PER\n阳 E-PER\n", "M- for I-", 1),
        ("a B_PER\nb I_PER\nc O\n", "underscores for hyphens", 2),
        ("a PER-B\nb PER-I\nc O\n", "prefixes behind the type", 2),
        ("a b-per\nb i-per\nc o\n", "tags in lower case", 3),
        ("a PER\nb PER\nc O\n", "types without prefixes: each run of one type is an entity", 2),
        ("a PER\nb PER\nc 0\n", "'0' for O", 1),
        ("a (PER*\nb *)\nc *\n", "entities in brackets", 1),
    ],
)
def test_other_spellings_are_read_and_counted(
    read: Read, content: str, kind: str, count: int
) -> None:
    file = read(content)
    assert file.repairs[kind] == count
    assert [tag[1:] for tag in file.sentences[0].tags or []][:2] == ["-PER", "-PER"]
    assert file.scheme == (
        "IO" if "PER\nb PER\n" in content and "_" not in content else file.scheme
    )


def test_tags_without_types(read: Read) -> None:
    file = read("of O\nAPC B\ngene I\n\nit O\n")
    assert found(file)[0][1] == ["O", "B-ENTITY", "I-ENTITY"]
    assert file.repairs == {"tags without a type, now of ENTITY": 2}
    with pytest.raises(ConfigurationError, match="'B' is not a tag"):
        read("of B-PER\nAPC B\ngene I\n\nit O\n")


def test_fine_types_without_prefixes(read: Read) -> None:
    file = read("Bob\tperson-actor\nin\tO\nOslo\tlocation-GPE\nAir\tevent-attack/battle\n")
    assert found(file)[0][1] == ["I-person-actor", "O", "I-location-GPE", "I-event-attack/battle"]


def test_plain_types_that_nobody_knows_need_the_option(read: Read) -> None:
    content = "a Protein\nb O\n"
    with pytest.raises(ConfigurationError, match="line 1: 'Protein' is not a tag.*\"IO\""):
        read(content)
    file = read(content, input_scheme="IO")
    assert (file.scheme, found(file)) == ("IO", [(["a", "b"], ["I-Protein", "O"])])


def test_a_tag_that_stands_first_is_named(read: Read) -> None:
    with pytest.raises(ConfigurationError, match='to 0 and "token_column" to 1 if B-title is'):
        read("B-title\tstar\n", tag_column=1)


def test_types_are_renamed_and_counted(read: Read, tmp_path: Path, caplog: Any) -> None:
    content = "Anna B-person\nSmit I-person\nUni B-ORGpart\nGent B-place\n"
    types = {"person": "PER", "place": "PER", "*part": "O"}
    file = read(content, type_map=types, entity_types=["PER"])
    assert found(file)[0][1] == ["B-PER", "I-PER", "O", "B-PER"]
    assert file.renamed == {"ORGpart -> O": 1, "person -> PER": 2, "place -> PER": 1}
    [instance] = ConllNerReader(type_map=types, tag_scheme="BIO").read(str(tmp_path / "x.tsv"))
    assert instance["tags"].labels == ["B-PER", "I-PER", "O", "B-PER"]  # type: ignore[attr-defined]
    assert "scores are those of the new ones: ORGpart -> O (1), person -> PER (2)" in caplog.text
