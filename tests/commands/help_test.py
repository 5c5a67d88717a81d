"""What `allennlp COMMAND --help` says of the commands of this package."""

import re
import sys

import pytest
from allennlp.commands import Subcommand, main

import xner_allennlp.plugin  # noqa: F401

COMMANDS = sorted(
    name
    for name in Subcommand.list_available()
    if Subcommand.by_name(name).__module__.startswith("xner_allennlp.")
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_default_is_said_once(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """AllenNLP says it by itself wherever there is one."""
    # Ours is imported, and others' would be imported for all tests that follow.
    monkeypatch.setattr("allennlp.commands.import_plugins", lambda: None)
    monkeypatch.setattr(sys, "argv", ["allennlp", command, "--help"])
    with pytest.raises(SystemExit):
        main()
    options = re.split(r"\n  (?=-)", capsys.readouterr().out)
    assert len(options) > 2
    for option in options:
        assert option.count("default") <= 1, option


def test_commands() -> None:
    assert {"tag-corpus", "tagged-page", "map-embeddings"} <= set(COMMANDS)
