"""The settings: their defaults reach a config that is read, and nothing else."""

import os
from pathlib import Path
from typing import Dict

import pytest
from allennlp.common import Params

from tests.tiny_runs import ROOT
from xner_allennlp.common.settings import DEFAULTS, unknown_settings

CONFIG = ROOT / "training_configs" / "cross_augmented_en_nl.jsonnet"


def test_a_config_gets_the_defaults_and_the_environment_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.jsonnet"
    config.write_text("{seed: std.extVar('XNER_SEED'), preset: std.extVar('XNER_PRESET')}")
    monkeypatch.setenv("XNER_SEED", "7")
    before = dict(os.environ)
    overrides = "{more: std.extVar('XNER_SELECTIONS')}"
    assert Params.from_file(config, overrides).as_dict() == {
        "seed": "7",
        "preset": "fixtures",
        "more": "dev",
    }
    assert Params.from_file(config, ext_vars={"XNER_SEED": "8"})["seed"] == "8"
    assert dict(os.environ) == before


def test_a_setting_that_nobody_reads_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    for name, value in (("XNER_PRESETS", "paper"), ("XNER_SEED", "7"), ("XNER_FOO", "1")):
        monkeypatch.setenv(name, value)
    (tmp_path / "foreign.jsonnet").write_text("{model: {type: 'simple_tagger'}}")
    Params.from_file(tmp_path / "foreign.jsonnet")
    assert "is no setting" not in caplog.text
    Params.from_file(CONFIG)
    assert "XNER_PRESETS is no setting; is XNER_PRESET meant?" in caplog.text
    assert "XNER_FOO is no setting; known are XNER_BASE, " in caplog.text
    assert "XNER_SEED is" not in caplog.text


@pytest.mark.parametrize(
    "environment, count",
    [({}, 0), (DEFAULTS, 0), ({"XNERPRESET": "x"}, 0), ({"XNER_": "x", "XNER_seed": "1"}, 2)],
)
def test_unknown_settings(environment: Dict[str, str], count: int) -> None:
    assert len(list(unknown_settings(environment))) == count
