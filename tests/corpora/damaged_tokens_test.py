import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner_allennlp.corpora.damaged_tokens import TokenUse, findings_in_tokens, undo_wrong_encoding


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("New\u00a0York", "odd_space"),
        ("a\u2028b", "odd_space"),
        ("a\u0085b", "odd_space"),
        ("\x94perhe", "control_character"),
        ("a\x07", "control_character"),
        ("be\u00adleid", "invisible_character"),
        ("\u200f293", "invisible_character"),
        ("a\ufeff", "invisible_character"),
        ("\u200f", "empty_token"),
        ("M\ufffdller", "replacement_character"),
        ("MÃ¼ller", "mojibake"),
        ("â€œ", "mojibake"),
        ("Mьller", "mojibake"),
        ("GrцЯe", "mojibake"),
        ("Espa?a", "lost_letter"),
    ],
)
def test_each_kind(token: str, code: str) -> None:
    clean = {"clean": TokenUse(100_000, 1)}
    [finding] = findings_in_tokens({**clean, token: TokenUse(2, 7)})
    assert (finding.code, finding.count, finding.line) == (code, 2, 7)
    assert finding.severity == "warning"
    assert finding.remedy


@pytest.mark.parametrize(
    "token",
    [
        "Müller",
        "Ã",
        "naïve",
        "Москва",
        "IT-компания",
        "IP-адреси",
        "ru:Иван",
        "pt:Камско-Устьинский",
        "web2.0сайт",
        "Пetrович",  # a slip of the keyboard
        "Mosсow",
        "SMSка",
        "می\u200cشود",
        "«",
        "?",
        "quoi?",
        "http://a?b",
        "ß",
    ],
)
def test_what_is_clean(token: str) -> None:
    assert findings_in_tokens({token: TokenUse(1000, 1)}) == []


@pytest.mark.parametrize(("count", "severity"), [(4, "warning"), (50, "error"), (49, "warning")])
def test_much_mojibake_means_the_file_is_spoilt(count: int, severity: str) -> None:
    tokens = {"clean": TokenUse(100_000 - count, 1), "fьr": TokenUse(count, 3)}
    [finding] = findings_in_tokens(tokens)
    assert finding.severity == severity
    assert "which was für" in finding.message


def test_many_lost_letters_mean_the_file_is_spoilt() -> None:
    [finding] = findings_in_tokens({"clean": TokenUse(1000, 1), "M\ufffdller": TokenUse(5, 3)})
    assert finding.severity == "error"


@given(st.text("aäöüßéñÄÖÜ", min_size=1, max_size=8).filter(lambda word: not word.isascii()))
def test_utf8_read_as_latin1_is_undone(word: str) -> None:
    assert undo_wrong_encoding(word.encode().decode("latin-1")) == word


@given(st.text("äöüßÄÖÜ", min_size=1, max_size=8))
def test_latin1_read_as_cp1251_is_undone(word: str) -> None:
    word = "x" + "x".join(word)  # between letters that both encodings have
    assert undo_wrong_encoding(word.encode("latin-1").decode("cp1251")) == word
