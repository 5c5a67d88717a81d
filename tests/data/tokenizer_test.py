import pytest
import regex
from allennlp.common import Params
from allennlp.data import Tokenizer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xner_allennlp.data import UnicodeWordsTokenizer


def split(text, **options):
    return [token.text for token in UnicodeWordsTokenizer(**options).tokenize(text)]


# Each expectation is written with "|" between tokens.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\n\u00a0\u200b\ufeff", ""),
        # Words and punctuation, as in the CoNLL files.
        ('Hij zei: "Nee, dank u."', 'Hij|zei|:|"|Nee|,|dank|u|.|"'),
        ("best-selling Sovjet-Unie (1991).", "best-selling|Sovjet-Unie|(|1991|)|."),
        ("¿Qué? ¡Sí! «x» „y“", "¿|Qué|?|¡|Sí|!|«|x|»|„|y|“"),
        ("50% €10 A/B a—b", "50|%|€|10|A|/|B|a|—|b"),
        ("wait... no -- ''yes''", "wait|...|no|--|''|yes|''"),
        # Numbers.
        ("10,000.50 1.9, 2:1. 5/6 1990–91", "10,000.50|1.9|,|2:1|.|5/6|1990–91"),
        ("12-05-2020 10:30 3D 19th", "12-05-2020|10:30|3D|19th"),
        # Abbreviations and initials, but not ends of sentences.
        ("George W. Bush, J. R. R. Tolkien", "George|W.|Bush|,|J.|R.|R.|Tolkien"),
        ("the U.S. e.g. z.B. EE.UU. x", "the|U.S.|e.g.|z.B.|EE.UU.|x"),
        ("Plan B.", "Plan|B|."),
        ("the end. Next", "the|end|.|Next"),
        # Apostrophes.
        ("Germany's don't I'll We’re", "Germany|'s|do|n't|I|'ll|We|’re"),
        ("O'Brien zo'n d’Italia B'Day", "O'Brien|zo'n|d’Italia|B'Day"),
        ("'s avonds in 's-Hertogenbosch op 't plein", "'s|avonds|in|'s-Hertogenbosch|op|'t|plein"),
        ("'hello' 'a' dogs'", "'|hello|'|'|a|'|dogs|'"),
        # Finnish endings, AT&T, Catalan.
        ("EU:n 8:n USA:ssa näin: hän", "EU:n|8:n|USA:ssa|näin|:|hän"),
        ("AT&T R&B a & b", "AT&T|R&B|a|&|b"),
        ("col·lecció snake_case", "col·lecció|snake_case"),
        # Addresses.
        ("See http://x.org/a_b?c=1. Or (www.x.nl), a.b@x.org!", None),
        # Decomposed letters.
        ("Mu\u0308ller Jose\u0301", "Mu\u0308ller|Jose\u0301"),
        # Arabic with vowel signs, tatweel, its own digits, separators and punctuation.
        ("قَالَ الرّئيسُ، ١٬٠٠٠ ـــ هل؟", "قَالَ|الرّئيسُ|،|١٬٠٠٠|ـــ|هل|؟"),
        ("\u200fمصر\u200e \u202bليبيا\u202c", "مصر|ليبيا"),
        # Persian and Hindi words with (non-)joiners, Hebrew, Korean, Cyrillic, Greek.
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("हिन्दी में लिखा। क्\u200dष", "हिन्दी|में|लिखा|।|क्\u200dष"),
        ("ירושלים, 서울에서 Москва; Αθήνα", "ירושלים|,|서울에서|Москва|;|Αθήνα"),
        # Scripts without spaces.
        ("我在2020年去了北京。", "我|在|2020|年|去|了|北|京|。"),
        ("東京タワーへ iPhoneを", "東|京|タ|ワ|ー|へ|iPhone|を"),
        ("ที่นี่", "ที่|นี่"),
        # Emoji of several code points.
        ("ok👍🏽 👨‍👩‍👧🇳🇱❤️", "ok|👍🏽|👨‍👩‍👧|🇳🇱|❤️"),
    ],
)
def test_tokens(text, expected):
    if expected is None:
        expected = "See|http://x.org/a_b?c=1|.|Or|(|www.x.nl|)|,|a.b@x.org|!"
    assert split(text) == [token for token in expected.split("|") if token]


def test_options():
    assert split("Germany's don't", split_clitics=False) == ["Germany's", "don't"]
    assert split("l'Espagne qu’il dell'arte aujourd'hui", split_elisions=True) == [
        "l'",
        "Espagne",
        "qu’",
        "il",
        "dell'",
        "arte",
        "aujourd'hui",
    ]
    assert split("l'Espagne's", split_elisions=True) == ["l'", "Espagne", "'s"]


SEPARATORS = regex.compile(
    r"[\s\x1c-\x1f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
ALPHABET = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("aZé1٣.,:;-'’_&/@ \u00a0\u200c\u200d\u00ad\u0301我カーกั👍🏽🇳🇱❤️(\"\n"),
)


@settings(max_examples=500)
@given(st.text(ALPHABET, max_size=40))
@example("a\u200c\u200d \u0301b\r\n'\u0301s")
@example("www.a http://")
def test_nothing_is_lost_or_changed(text):
    tokens = UnicodeWordsTokenizer().tokenize(text)
    end = 0
    for token in tokens:
        assert token.text and token.idx >= end
        assert text[token.idx : token.idx_end] == token.text
        # What is left out between tokens is white space and invisible marks only.
        assert SEPARATORS.sub("", text[end : token.idx]) == ""
        end = token.idx_end
    assert SEPARATORS.sub("", text[end:]) == ""


@settings(max_examples=300)
@given(st.text(ALPHABET, max_size=30))
def test_no_token_has_white_space(text):
    assert not any(regex.search(r"[ \t\n\u00a0]", token) for token in split(text))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "我",
        "-",
        ".",
        "'",
        "a.",
        "a-",
        "x@",
        "1,",
        "ab.",
        "\u0301",
        "a ",
        "🇳🇱",
        "🇳 ",
        "👩\u200d",
    ],
)
def test_long_input_is_no_trap(unit):
    """Quadratic matching would take hours here."""
    text = unit * 100_000
    tokens = UnicodeWordsTokenizer().tokenize(text)
    assert "".join(token.text for token in tokens) == text.replace(" ", "")


@settings(max_examples=500)
@given(st.text("🇳🇱a .\u0301\u200d\u200c\ufe0f🏻👍ह\u0903\U000e0067", max_size=9))
def test_flags_are_what_the_reader_sees_as_one_character(text):
    flags = [word for word in split(text) if "🇦" <= word[0] <= "🇿"]
    seen = [found for found in regex.findall(r"(?V1)\X", text) if "🇦" <= found[0] <= "🇿"]
    assert flags == seen


def test_registered():
    tokenizer = Tokenizer.from_params(Params({"type": "unicode_words", "split_clitics": False}))
    assert isinstance(tokenizer, UnicodeWordsTokenizer)
    assert [token.text for token in tokenizer.tokenize("it's")] == ["it's"]
