"""How a subcommand of `allennlp` ends where the user has made a mistake."""

import argparse

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.arguments import called_with_arguments
from xner_allennlp.common.errors import InputError


def raising(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("x.conll, line 3: wrong.\n  Mend it"),
        InputError("x.conll, line 3: wrong. Mend it"),
        FileNotFoundError("x.conll, line 3: wrong. Mend it"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_mistake_is_told_in_one_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        called_with_arguments(raising)(argparse.Namespace(error=error, other=1))
    assert ended.value.code == 2
    assert capsys.readouterr().err == "allennlp: error: x.conll, line 3: wrong. Mend it\n"


def test_what_is_no_mistake_of_the_user_is_shown_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        called_with_arguments(raising)(argparse.Namespace(error=ZeroDivisionError()))
