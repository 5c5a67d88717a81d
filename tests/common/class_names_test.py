"""A config of ours cannot make AllenNLP call whatever it names; a foreign one can, as ever."""

import json
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest
from allennlp.common import Params, Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.nn import Activation

from xner_allennlp.common import stand_ins
from xner_allennlp.data import ConllNerReader

PROGRAMS = ["subprocess.Popen", "os.system", "builtins.dict", "os.path"]


@pytest.fixture(autouse=True)
def _nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has read no config yet."""
    monkeypatch.setattr(stand_ins, "_checked_names", set())


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Callable[..., Params]:
    """Reads a config of such a model that has this text."""

    def read(text: Any, model: str = "cross_lingual_crf_tagger") -> Params:
        file = tmp_path / "config.json"
        file.write_text(json.dumps({"inner": [{"model": {"type": model}}], "dataset_reader": text}))
        return Params.from_file(file)

    return read


def test_names_that_are_registered_or_of_such_a_class(read: Callable[..., Params]) -> None:
    assert DatasetReader.by_name("conll_ner") is ConllNerReader
    name = f"{ConllNerReader.__module__}.{ConllNerReader.__qualname__}"
    read([name, "torch.nn.GELU"])
    assert DatasetReader.by_name(name) is ConllNerReader
    assert callable(Activation.by_name("torch.nn.GELU"))
    assert callable(Vocabulary.by_name("from_files"))


@pytest.mark.parametrize("base", [DatasetReader, Model, Vocabulary, Activation])
@pytest.mark.parametrize("name", PROGRAMS)
def test_names_of_anything_else(base: Registrable, name: str, read: Callable[..., Params]) -> None:
    read({"type": name})
    with pytest.raises(ConfigurationError, match=f"{base.__name__} and names {name}"):
        base.by_name(name)


def test_the_text_may_stand_for_a_block(read: Callable[..., Params]) -> None:
    params = read("subprocess.Popen")
    with pytest.raises(ConfigurationError, match="names subprocess.Popen, which is not one"):
        DatasetReader.from_params(params["dataset_reader"])


def test_a_class_of_another_kind(read: Callable[..., Params]) -> None:
    params = read({"type": "xner_allennlp.data.ConllNerReader"})
    with pytest.raises(ConfigurationError, match="which is not one"):
        Vocabulary.from_params(params["dataset_reader"])


def test_a_config_of_another_model_may_name_anything(read: Callable[..., Params]) -> None:
    read({"type": "subprocess.Popen"}, model="simple_tagger")
    assert DatasetReader.by_name("subprocess.Popen") is subprocess.Popen


@pytest.mark.parametrize("name", PROGRAMS)
def test_unless_the_user_asks(
    name: str, read: Callable[..., Params], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XNER_STRICT", "all")
    read({"type": name}, model="simple_tagger")
    with pytest.raises(ConfigurationError, match=f"names {name}"):
        DatasetReader.by_name(name)
    monkeypatch.setenv("XNER_STRICT", "some")
    with pytest.raises(ConfigurationError, match="XNER_STRICT is some, known are: ours, all"):
        read({}, model="simple_tagger")


def test_allennlps_own_messages_stay() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'conll_ner'"):
        DatasetReader.by_name("conll_nr")
    with pytest.raises(ConfigurationError, match="unable to import module"):
        DatasetReader.by_name("nowhere.Reader")
