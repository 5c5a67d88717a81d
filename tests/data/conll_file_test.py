import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.data import ConllSentence, read_conll_file

EXPECTED = [
    ConllSentence(["Jan", "Smit", "woont"], ["B-PER", "I-PER", "O"], 1),
    ConllSentence(["Goes"], ["B-LOC"], 5),
]


@pytest.fixture
def read(tmp_path):
    """Writes its first argument to a file and reads that."""

    def write_and_read(content, **options):
        path = tmp_path / "x.conll"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_conll_file(path, **options)

    return write_and_read


def words(file):
    return [sentence.words for sentence in file.sentences]


def tags(file):
    return [sentence.tags for sentence in file.sentences]


TWO_COLUMNS = "Jan B-PER\nSmit I-PER\nwoont O\n\nGoes B-LOC\n"


@pytest.mark.parametrize(
    "content",
    [
        TWO_COLUMNS,
        TWO_COLUMNS.replace(" ", "\t"),
        TWO_COLUMNS.replace(" ", " \t  "),
        TWO_COLUMNS.replace("\n", " \n"),
        TWO_COLUMNS.replace("\nSmit", "\n  Smit"),
        TWO_COLUMNS.replace("\n", "\r\n"),
        TWO_COLUMNS.rstrip("\n"),
        TWO_COLUMNS + "\n\n \t\n",
        "\ufeff" + TWO_COLUMNS,
        TWO_COLUMNS.replace(" ", " N "),
        TWO_COLUMNS.replace(" ", " lemma N "),
        TWO_COLUMNS.replace(" ", " lemma N I-NC "),
    ],
    ids="2 tabs mixed trailing leading crlf no-last-feed blank-end bom 3 4 5".split(),
)
def test_variants(read, content):
    assert read(content).sentences == EXPECTED


def test_repeated_blank_lines_also_at_the_beginning(read):
    file = read("\n\n" + TWO_COLUMNS.replace("\n\n", "\n\n\t \n\n"))
    assert words(file) == [s.words for s in EXPECTED]
    assert [s.line for s in file.sentences] == [3, 9]


def test_columns_are_chosen(read):
    content = "1\tJan\tB-PER\tN\n2\tSmit\tI-PER\tN\n"
    for options in ({"token_column": 1, "tag_column": 2}, {"token_column": -3, "tag_column": -2}):
        assert read(content, **options).sentences == [
            ConllSentence(["Jan", "Smit"], ["B-PER", "I-PER"], 1)
        ]


def test_other_spaces_belong_to_their_token(read):
    odd = ["New\u00a0York", "a\u0085b", "c\u2028d", "e\u3000f", "\u00a0", "g\x0bh"]
    file = read("".join(f"{word} O\n" for word in odd))
    assert words(file) == [odd]


def test_tab_separator_keeps_spaces(read):
    file = read("06 12 34\tO\nJan\tB-PER\n", separator="tab")
    assert words(file) == [["06 12 34", "Jan"]]
    assert words(read("06 12 34\tO\nJan\tB-PER\n")) == [["06 12 34", "Jan"]]
    with pytest.raises(ConfigurationError, match='line 2: 2 columns .* line 1 has 4.*"separator"'):
        read("06 12 34\tO\nJan\tB-PER\n", separator="whitespace")


def test_other_encodings(read):
    content = "Núñez B-PER\n".encode("latin-1")
    assert words(read(content, encoding="latin-1")) == [["Núñez"]]
    with pytest.raises(ConfigurationError, match="line 1: .*likely in latin-1"):
        read(content)


# --- tags


@pytest.mark.parametrize(
    ("content", "scheme"),
    [
        ("a I-PER\nb I-PER\n\nc I-PER\n", "IOB1"),
        ("a B-PER\nb I-PER\n\nc B-PER\n", "IOB2"),
        ("a B-PER\nb I-PER\n\nc I-PER\n", "IOB2"),
        ("a I-PER\n\nb B-PER\n", "IOB2"),
        ("a O\n", "IOB2"),
        ("a B-PER\nb E-PER\n\nc S-PER\n", "BIOUL"),
        ("a B-PER\nb I-PER\n\nc U-PER\n", "BIOUL"),
    ],
)
def test_scheme_and_raw_tags(read, content, scheme):
    file = read(content)
    assert file.scheme == scheme
    assert sum(tags(file), []) == [line.split()[1] for line in content.split("\n") if line]


@pytest.mark.parametrize("tag", ["XYZ", "B-", "B", "NNP", "O-PER", "_", "0"])
def test_tag_not_understood(read, tag):
    with pytest.raises(
        ConfigurationError, match=rf"x\.conll, line 3: '{tag}' is not a tag.*set \"tag_column\""
    ):
        read(f"a O\n\nb {tag}\n")


def test_input_scheme(read):
    content = "a B-PER\nb E-PER\n"
    assert tags(read(content, input_scheme="BIOUL")) == tags(read(content))
    with pytest.raises(ConfigurationError, match="line 2: the tag 'E-PER' is not IOB"):
        read(content, input_scheme="IOB")
    assert tags(read("a I-PER\n", input_scheme="IOB")) == [["I-PER"]]


def test_entity_types(read):
    assert read(TWO_COLUMNS, entity_types=["PER", "LOC"]).sentences == EXPECTED
    with pytest.raises(ConfigurationError, match="line 5: the tag 'B-LOC' has a type.*PER"):
        read(TWO_COLUMNS, entity_types=["PER"])


def test_types_with_hyphens(read):
    assert tags(read("a B-GPE-part\n")) == [["B-GPE-part"]]


@pytest.mark.parametrize("content", ["a\nb\n\nc\n", "a x\nb XYZ\n\nc B-\n"])
def test_without_tags(read, content):
    file = read(content, tag_column=None)
    assert file.scheme is None
    assert words(file) == [["a", "b"], ["c"]]
    assert tags(file) == [None, None]


def test_one_column_is_untagged(read):
    file = read("a\nb\n\nc\n")
    assert (words(file), tags(file), file.scheme) == ([["a", "b"], ["c"]], [None, None], None)


# --- -DOCSTART-

DUTCH = (
    "-DOCSTART- -DOCSTART- O\nDe Art O\nfoto N B-ORG\n\neen Art O\n\n"
    "-DOCSTART- -DOCSTART- O\ntwee Num O\n\ndrie Num O\n"
)
ENGLISH = (
    "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\n\n-DOCSTART- -X- -X- O\n\nPeter NNP I-NP I-PER\n"
)


def test_docstart_glued_to_a_sentence(read):
    file = read(DUTCH)
    assert words(file) == [["De", "foto"], ["een"], ["twee"], ["drie"]]
    assert file.glued_sentences == 0
    paper = read(DUTCH, docstart="sentence")
    assert words(paper) == [["een"], ["drie"]]
    assert paper.glued_sentences == 2


@pytest.mark.parametrize("policy", ["line", "sentence"])
def test_docstart_alone(read, policy):
    file = read(ENGLISH, docstart=policy)
    assert (words(file), file.glued_sentences) == ([["EU"], ["Peter"]], 0)


@pytest.mark.parametrize("marker", ["-DOCSTART-", "-DOCSTART- O", "-DOCSTART- (1 EU)\tO"])
def test_docstart_of_any_width_parts_sentences(read, marker):
    file = read(f"{marker}\n\na O\n{marker}\nb O\n{marker}\n")
    assert words(file) == [["a"], ["b"]]


# --- what else is wrong


@pytest.mark.parametrize("content", ["", "\n", " \n\t\n", "-DOCSTART- -X- O O\n\n"])
def test_empty_corpus(read, content):
    with pytest.raises(ConfigurationError, match=r"x\.conll: no sentence in this file"):
        read(content)


def test_everything_glued_to_docstart(read):
    with pytest.raises(ConfigurationError, match="no sentence"):
        read("-DOCSTART- O\na O\n", docstart="sentence")


@pytest.mark.parametrize(
    "content", ["\u200b O\n", "\u200b\n\n\u2060\n", "\u200b B-PER\n\u200b O\n"]
)
def test_nothing_but_tokens_that_are_dropped(read, content):
    message = "no sentence in this file .empty or invisible tokens dropped: "
    with pytest.raises(ConfigurationError, match=message):
        read(content, blank_tokens="drop")


def test_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match="gone.conll: no such file"):
        read_conll_file(tmp_path / "gone.conll")


@pytest.mark.parametrize("line", ["b", "b N O"])
def test_number_of_columns_changes(read, line):
    count = len(line.split())
    with pytest.raises(
        ConfigurationError,
        match=rf"x\.conll, line 4: {count} columns? \(b.*while line 1 has 2 columns \(a \| O\)",
    ):
        read(f"a O\na O\n\n{line}\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # The usual lines are in a sentence that is dropped.
        (
            "-DOCSTART- O\na b O\nc d O\ne f O\n\ng O\n",
            r"line 6: 2 columns \(g \| O\), while line 2 has 3 columns \(a \| b \| O\)",
        ),
        # They are of tokens that are no words.
        (
            "".join(f"{n}-{n + 1}\tx\tO\n" for n in range(1, 9)) + "1\ta\n2\tb\n3\tc\n",
            r"line 9: 2 columns \(1 \| a\), while most lines have 3",
        ),
    ],
)
def test_another_number_of_columns_than_lines_that_are_left_out(read, content, message):
    with pytest.raises(ConfigurationError, match=message):
        read(content, docstart="sentence")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token_column": 2}, r"line 1: 2 columns \(Jan \| B-PER\), so there is no token_column 2"),
        ({"tag_column": 3}, "there is no tag_column 3"),
        ({"tag_column": -3}, "there is no tag_column -3"),
        ({"token_column": 1}, "token_column 1 and tag_column auto are the same"),
        ({"token_column": 1, "tag_column": 0}, "line 1: 'Jan' is not a tag"),
        ({"docstart": "drop"}, "docstart is 'drop'; choose one of line, sentence"),
        ({"input_scheme": "IOBES"}, "input_scheme is 'IOBES'; choose one of auto, IOB, BIOUL"),
        ({"separator": ","}, "separator is ','; choose one of auto, whitespace, tab, comma"),
        ({"blank_tokens": "no"}, "blank_tokens is 'no'; choose one of keep, drop, refuse"),
        ({"tag_column": "ner"}, "there is no tag_column 'ner'; the columns are without names"),
        ({"type_map": {"PER": "", "LOC": "O"}}, "type_map has no new name for 'PER'; give one, or"),
        ({"type_map": {"PER": None}}, "type_map has no new name for 'PER'"),
    ],
)
def test_wrong_options(read, options, message):
    with pytest.raises(ConfigurationError, match=message):
        read(TWO_COLUMNS, **options)
