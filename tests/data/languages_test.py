"""What a tagger may call its languages."""

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.data.languages import check_language, is_language, language_of_key, side_of


@pytest.mark.parametrize(
    "name, side",
    [
        ("source", "source"),
        ("target", "target"),
        ("source_en", "source"),
        ("source_pt-br", "source"),
        ("source_zh_tw", "source"),
    ],
)
def test_names(name: str, side: str) -> None:
    check_language(name)
    assert side_of(name) == side
    assert language_of_key(f"{name}_tokens") == name


@pytest.mark.parametrize(
    "name", ["", "nl", "target_nl", "source_", "source_a.b", "sources", "source_é", None, 3, ["x"]]
)
def test_other_names(name: object) -> None:
    assert not is_language(name)
    with pytest.raises(ConfigurationError, match="is not one of source, target"):
        check_language(name)  # type: ignore[arg-type]
    assert language_of_key(f"{name}_tokens") is None


def test_keys_of_all_languages() -> None:
    assert [language_of_key(key) for key in ("tokens", "characters", "_tokens", "source")] == (
        [None] * 4
    )
