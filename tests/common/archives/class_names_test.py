import pytest
from allennlp.common import Params, Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.nn import Activation

from xner_allennlp.data import ConllNerReader


def test_names_that_are_registered_or_of_such_a_class() -> None:
    assert DatasetReader.by_name("conll_ner") is ConllNerReader
    name = f"{ConllNerReader.__module__}.{ConllNerReader.__qualname__}"
    assert DatasetReader.by_name(name) is ConllNerReader
    assert callable(Activation.by_name("torch.nn.GELU"))
    assert callable(Vocabulary.by_name("from_files"))


@pytest.mark.parametrize("base", [DatasetReader, Model, Vocabulary, Activation])
@pytest.mark.parametrize("name", ["subprocess.Popen", "os.system", "builtins.dict", "os.path"])
def test_names_of_anything_else(base: Registrable, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{base.__name__} and names {name}"):
        base.by_name(name)


def test_a_class_of_another_kind() -> None:
    with pytest.raises(ConfigurationError, match="which is none"):
        Vocabulary.from_params(Params({"type": "xner_allennlp.data.ConllNerReader"}))


def test_allennlps_own_messages_stay() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'conll_ner'"):
        DatasetReader.by_name("conll_nr")
    with pytest.raises(ConfigurationError, match="unable to import module"):
        DatasetReader.by_name("nowhere.Reader")
