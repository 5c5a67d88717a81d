import io
import json
import os
import sys
import threading
from typing import Any, Dict, List

import pytest
import torch
from allennlp.commands.predict import _PredictManager
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.predictors import Predictor

from xner_allennlp.data import ConllNerReader
from xner_allennlp.predictors import NerTaggerPredictor
from xner_allennlp.spans import EntitySpan, entity_spans, tags_of_spans


class CapitalsTagger(Model):
    """Gives what `cross_lingual_crf_tagger` gives; each run of capitalised words is a PER."""

    def __init__(self, vocab: Vocabulary, tag_scheme: str = "BIOUL") -> None:
        super().__init__(vocab)
        self.tag_scheme = tag_scheme
        self.parameter = torch.nn.Parameter(torch.zeros(1))
        self.batches: List[int] = []

    def forward(self, tokens, metadata, tags=None) -> Dict[str, Any]:  # type: ignore
        (ids,) = [value["tokens"] for name, value in tokens.items() if name != "characters"]
        assert ids.shape == (len(metadata), max(len(one["words"]) for one in metadata))
        assert tags is None
        self.batches.append(len(metadata))
        return {"metadata": metadata}

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        outputs: Dict[str, List[Any]] = {"tags": [], "entities": []}
        metadata = output_dict["metadata"]
        for sentence in metadata:
            flags = ["I-PER" if word[0].isupper() else "O" for word in sentence["words"]]
            spans: List[EntitySpan] = entity_spans(flags)
            outputs["tags"].append(tags_of_spans(spans, len(flags), self.tag_scheme))
            outputs["entities"].append(
                [
                    {
                        "type": span.type,
                        "first_token": span.start,
                        "last_token": span.end - 1,
                        "probability": 0.12345678,
                    }
                    for span in spans
                ]
            )
        for key in ("words", "language", "sentence", "offsets"):
            outputs[key] = [sentence[key] for sentence in metadata]
        return outputs


def predictor_of(reader=None, tag_scheme="BIOUL", **options):
    model = CapitalsTagger(Vocabulary(), tag_scheme)
    return NerTaggerPredictor(model, reader or ConllNerReader(), **options)


SENTENCE = "Gisteren  sprak Jan de Vries, in Goes."


# --- the output


def test_raw_sentence():
    output = predictor_of().predict(SENTENCE)
    assert output == {
        "sentence": SENTENCE,
        "tokens": ["Gisteren", "sprak", "Jan", "de", "Vries", ",", "in", "Goes", "."],
        "tags": ["B-PER", "O", "B-PER", "O", "B-PER", "O", "O", "B-PER", "O"],
        "entities": output["entities"],
    }
    assert output["entities"][1] == {
        "text": "Jan",
        "type": "PER",
        "start": 16,
        "end": 19,
        "first_token": 2,
        "last_token": 2,
        "probability": 0.123457,
    }
    for entity in output["entities"]:
        assert SENTENCE[entity["start"] : entity["end"]] == entity["text"]


@pytest.mark.parametrize("scheme", ["BIOUL", "BIO"])
def test_tags_are_iob2_whatever_the_model_has(scheme):
    output = predictor_of(tag_scheme=scheme).predict("Jan  Smit woont")
    assert output["tags"] == ["B-PER", "I-PER", "O"]
    # The text is that of the sentence, both spaces included.
    assert [(e["text"], e["start"], e["end"]) for e in output["entities"]] == [("Jan  Smit", 0, 9)]
    assert [(e["first_token"], e["last_token"]) for e in output["entities"]] == [(0, 1)]


def test_tokens():
    output = predictor_of().predict_json({"tokens": ["in", "New York", "City"]})
    assert output["sentence"] == "in New York City"
    assert output["tokens"] == ["in", "New York", "City"]
    assert [entity["text"] for entity in output["entities"]] == ["New York City"]


def test_tokens_with_their_sentence():
    inputs = {"tokens": ["Jan", "-", "Smit"], "sentence": "Jan-Smit"}
    output = predictor_of().predict_json(inputs)
    assert [(e["text"], e["start"], e["end"]) for e in output["entities"]] == [
        ("Jan", 0, 3),
        ("Smit", 4, 8),
    ]
    with pytest.raises(ConfigurationError, match='"x" is not in the "sentence"'):
        predictor_of().predict_json({"tokens": ["x"], "sentence": "y"})


EMPTY = {"tokens": [], "tags": [], "entities": []}


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"sentence": ""}, ""),
        ({"sentence": " \u200b"}, " \u200b"),
        ({"tokens": []}, ""),
        ({"tokens": [], "sentence": " "}, " "),
    ],
)
def test_empty_sentence(inputs, sentence):
    predictor = predictor_of()
    assert predictor.predict_json(inputs) == {"sentence": sentence, **EMPTY}
    assert predictor._model.batches == []


def test_a_batch_keeps_its_order_around_empty_sentences():
    predictor = predictor_of()
    sentences = ["", "a b c", " ", "Jan", ""]
    outputs = predictor.predict_batch_json([{"sentence": text} for text in sentences])
    assert [output["sentence"] for output in outputs] == sentences
    assert [len(output["tokens"]) for output in outputs] == [0, 3, 0, 1, 0]
    assert predictor._model.batches == [2]


def test_sentences_of_hundreds_of_words_make_no_large_batch():
    predictor = predictor_of()
    texts = ["Jan " * 60_000, *["Piet " * 600] * 200, *["a"] * 4]
    outputs = predictor.predict_batch_json([{"tokens": text.split()} for text in texts])
    assert [len(output["tags"]) for output in outputs] == [60_000, *[600] * 200, *[1] * 4]
    assert predictor._model.batches == [1, 109, 95]


def test_a_word_of_thousands_of_letters_makes_no_large_batch():
    predictor = predictor_of()
    sentences = ["a b", f"Jan {'x' * 5000}", "c", "Piet"]
    outputs = predictor.predict_batch_json([{"sentence": text} for text in sentences])
    assert [output["sentence"] for output in outputs] == sentences
    assert [output["tags"][0] for output in outputs] == ["O", "B-PER", "O", "B-PER"]
    assert predictor._model.batches == [3, 1]


@pytest.mark.parametrize(
    ("options", "inputs", "key"),
    [
        ({}, {"tokens": ["a"]}, "target_tokens"),
        ({"language": "source"}, {"tokens": ["a"]}, "source_tokens"),
        ({}, {"tokens": ["a"], "language": "source"}, "source_tokens"),
    ],
)
def test_language(options, inputs, key):
    predictor = predictor_of(**options)
    instance = predictor._json_to_instance(inputs)
    predictor._dataset_reader.apply_token_indexers(instance)
    assert set(instance["tokens"].token_indexers) == {key, "characters"}


# --- lines


@pytest.mark.parametrize(
    ("line", "inputs"),
    [
        ("Jan woont in Goes.\r\n", {"sentence": "Jan woont in Goes."}),
        ("\ufeffJan\n", {"sentence": "Jan"}),
        ('{"sentence": "Jan\\u2028"}\n', {"sentence": "Jan\u2028"}),
        (' {"tokens": ["Jan", "woont"]}\n', {"tokens": ["Jan", "woont"]}),
        ("{x} is a set\n", {"sentence": "{x} is a set"}),
        ("{ a, b }\n", {"sentence": "{ a, b }"}),
        ('["Jan"]\n', {"sentence": '["Jan"]'}),
        ('"Jan"\n', {"sentence": '"Jan"'}),
        ("  two  spaces ", {"sentence": "  two  spaces "}),
    ],
)
def test_load_line(line, inputs):
    assert predictor_of().load_line(line) == inputs


def test_malformed_json_line():
    with pytest.raises(
        ConfigurationError, match='{"sentence": "Jan begins like a JSON object.*rep'
    ):
        predictor_of().load_line('{"sentence": "Jan\n')


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"text": "Jan"}, 'has neither "sentence" nor "tokens"'),
        ({}, "has neither"),
        ({"sentence": 3}, '"sentence" is to be a string'),
        ({"tokens": "Jan woont"}, '"tokens" is to be a list of strings'),
        ({"tokens": ["Jan", 3]}, '"tokens" is to be a list of strings'),
        ({"tokens": ["Jan", ""]}, "strings that are not empty"),
        ({"sentence": "x", "language": "nl"}, '"language" is to be one of source, target'),
    ],
)
def test_bad_inputs(inputs, message):
    with pytest.raises(ConfigurationError, match=message):
        predictor_of().predict_json(inputs)


def test_long_inputs_are_shortened_in_errors():
    with pytest.raises(ConfigurationError) as error:
        predictor_of().predict_json({"text": "x" * 10_000})
    assert len(str(error.value)) < 300


def test_json_line():
    predictor = predictor_of()
    line = predictor.dump_line(predictor.predict("Åsa bor"))
    assert line.endswith("\n") and line.count("\n") == 1
    assert "Åsa" in line
    assert json.loads(line)["tags"] == ["B-PER", "O"]


def test_half_a_surrogate_pair_can_be_written():
    predictor = predictor_of()
    for line in (r'{"sentence": "Jan \ud83d"}', r'{"tokens": ["Jan", "\ud83d"]}'):
        output = predictor.predict_json(predictor.load_line(line))
        assert predictor.dump_line(output).encode("utf-8")
        assert output["tokens"] == ["Jan", "\ufffd"]


def test_conll_lines():
    predictor = predictor_of(output_format="conll")
    output = predictor.predict_json({"tokens": ["Jan", "de Vries\n", "woont", "\u00a0"]})
    assert predictor.dump_line(output) == "Jan B-PER\nde_Vries_ O\nwoont O\n\u00a0 O\n\n"
    assert predictor.dump_line(predictor.predict("")) == "\n"
    # What the reader would refuse in a file, or take off its beginning.
    output = predictor.predict_json({"tokens": ["\ufeff", "\ufeffa", "a\0"]})
    assert predictor.dump_line(output) == "_ O\n_a O\na_ O\n\n"


# --- the constructor


def test_wrong_options():
    with pytest.raises(
        ConfigurationError, match="output_format is 'xml'; choose one of json, conll"
    ):
        predictor_of(output_format="xml")
    with pytest.raises(ConfigurationError, match="language 'nl' is not one of"):
        predictor_of(language="nl")
    with pytest.raises(ConfigurationError, match="reader is conll_ner, not DatasetReader"):
        predictor_of(reader=DatasetReader())


def test_registered():
    assert Predictor.by_name("ner_tagger") is NerTaggerPredictor
    predictor = Predictor.by_name("ner_tagger")(
        CapitalsTagger(Vocabulary()), DatasetReader.from_params(Params({"type": "conll_ner"}))
    )
    assert not predictor._model.training


# --- as `allennlp predict` drives it


def run(predictor, path, output, batch_size=2, use_dataset_reader=False):
    _PredictManager(predictor, path, output, batch_size, False, use_dataset_reader).run()
    with open(output, encoding="utf-8", newline="\n") as file:
        return file.read()


LINES = 'Jan woont hier.\n\n{"sentence": "Wie is Åsa?"}\n{"tokens": ["Goes"]}\n{"tokens": []}\n'


@pytest.mark.parametrize("batch_size", [1, 2, 10])
def test_predict_lines(tmp_path, batch_size):
    path = tmp_path / "input"
    path.write_text(LINES, encoding="utf-8")
    text = run(predictor_of(), str(path), str(tmp_path / "out"), batch_size)
    outputs = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [output["tokens"] for output in outputs] == [
        ["Jan", "woont", "hier", "."],
        [],
        ["Wie", "is", "Åsa", "?"],
        ["Goes"],
        [],
    ]
    assert [[entity["text"] for entity in output["entities"]] for output in outputs] == [
        ["Jan"],
        [],
        ["Wie", "Åsa"],
        ["Goes"],
        [],
    ]


def test_predict_a_pipe(tmp_path):
    """It can be read only once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("Jan\n\nwoont\n", "utf-8"))
    writer.start()
    predictor = predictor_of(output_format="conll")
    assert run(predictor, str(path), str(tmp_path / "out")) == "Jan B-PER\n\n\nwoont O\n\n"
    writer.join()


def test_predict_standard_input(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Åsa\n\nbor\n".encode())))
    predictor = predictor_of(output_format="conll")
    assert run(predictor, "-", str(tmp_path / "out")) == "Åsa B-PER\n\n\nbor O\n\n"


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize(
    "content",
    [
        "Jan\nSmit\nwoont\n\nhier\n\nGoes\n",
        "Jan B-PER\nSmit I-PER\nwoont O\n\nhier O\n\nGoes B-LOC\n",
        "Jan N XYZ\nSmit N _\nwoont V _\n\nhier A _\n\nGoes N _\n",
        "-DOCSTART- -X- O\nJan N O\nSmit N O\nwoont V O\n\nhier A O\n\nGoes N O\n",
    ],
    ids=["one column", "tagged", "not understood", "docstart"],
)
def test_predict_conll_file(tmp_path, content, batch_size):
    """Tags are not looked at, and no sentence is dropped, whatever the reader did in training."""
    reader = ConllNerReader(language="source", max_length=2, docstart="sentence", require_tags=True)
    path = tmp_path / "input.conll"
    path.write_text(content)
    predictor = predictor_of(reader, output_format="conll")
    text = run(predictor, str(path), str(tmp_path / "out"), batch_size, use_dataset_reader=True)
    assert text == "Jan B-PER\nSmit I-PER\nwoont O\n\nhier O\n\nGoes B-PER\n\n"
    assert predictor._dataset_reader.language == "target"


def test_conll_output_can_be_read(tmp_path):
    path = tmp_path / "input"
    path.write_text("Jan Smit woont in Goes.\nDe heer P. Jansen\n")
    text = run(predictor_of(output_format="conll"), str(path), str(tmp_path / "out"))
    instances = list(ConllNerReader(tag_scheme="BIO", require_tags=True).read(tmp_path / "out"))
    assert (
        text
        == "\n".join(
            "".join(
                f"{token} {tag}\n"
                for token, tag in zip(instance["metadata"]["words"], instance["tags"].labels)
            )
            for instance in instances
        )
        + "\n"
    )
