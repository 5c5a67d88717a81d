"""What a line of input may be, without a model and by the predictor."""

import gzip

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model

from xner_allennlp.data import ConllNerReader
from xner_allennlp.predictors import NerTaggerPredictor, check_inputs, parse_line
from xner_allennlp.predictors.input_lines import checked_lines


class NoModel(Model):
    def __init__(self):
        super().__init__(Vocabulary())
        self.parameter = torch.nn.Parameter(torch.zeros(1))


@pytest.fixture(scope="module")
def predict():
    predictor = NerTaggerPredictor(NoModel(), ConllNerReader(language="target"))
    return lambda line: predictor.predict_json(predictor.load_line(line))


def check(line):
    check_inputs(parse_line(line))


@pytest.mark.parametrize(
    "line",
    ["\n", "\ufeff  \r\n", '{"sentence": ""}', ' {"tokens": [], "language": "source", "id": 3}'],
)
def test_takes_what_the_predictor_takes(predict, line):
    check(line)
    predict(line)


@pytest.mark.parametrize("line", ["raw text\n", "{not JSON}", '["a"]', "{ }", "3"])
def test_raw_text(line):
    check(line)
    assert parse_line(line) == {"sentence": line.strip("\n")}


@pytest.mark.parametrize(
    "line",
    [
        '{"tokens": []',
        '{"sentence": 1}',
        '{"sentence": null}',
        '{"tokens": "a b"}',
        '{"tokens": ["a", ""]}',
        '{"tokens": ["a", 1]}',
        '{"tokens": [], "language": "nl"}',
        '{"text": "a"}',
        '{"sentence": "a", "sentence": "b"}',
        '{"sentence": "a", "id": ' + "9" * 5000 + "}",
        '{"sentence": ' + "[" * 5000,
        '{"id": ' + "[" * 400 + "]" * 400 + "}",
        '{"tokens": ["Jan", "Smit"], "sentence": "Smit, Jan"}',
        '{"text": "' + "a" * 200 + '"}',
    ],
)
def test_refuses_what_the_predictor_refuses(predict, line):
    with pytest.raises(ConfigurationError) as theirs:
        predict(line)
    with pytest.raises(ConfigurationError) as ours:
        check(line)
    assert str(ours.value) == str(theirs.value)
    assert len(str(ours.value)) < 500


def test_what_is_packed_is_named(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(gzip.compress(b"Jan woont hier.\n"))
    with pytest.raises(ConfigurationError, match="text: this is gzip; let its name end in .gz"):
        list(checked_lines(str(path)))
