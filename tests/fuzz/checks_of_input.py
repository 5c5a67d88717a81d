"""What must hold for every line that the predictor and `tag-corpus` get, whatever its content."""

import json
import re
from typing import Any, Dict, List, Optional

from allennlp.common.checks import ConfigurationError

from tests.fuzz.capitals_tagger import capitals_predictor
from tests.fuzz.cases import file_of
from tests.fuzz.checks_of_corpora import check_tokens
from tests.fuzz.refusal import LONGEST_MESSAGE, read_or_refuse
from xner_allennlp.commands.bulk import divide
from xner_allennlp.data import read_conll_file
from xner_allennlp.predictors import check_inputs, parse_line

_json_predictor = capitals_predictor()
_conll_predictor = capitals_predictor(output_format="conll")


def check_line(line: str) -> None:
    """The line is refused before the model gets it, or answered with one tag for each token."""
    try:
        inputs = parse_line(line)
        check_inputs(inputs)
    except ConfigurationError as error:
        assert 0 < len(str(error)) < LONGEST_MESSAGE
        _is_refused(line)
        return
    output = _json_predictor.predict_json(_json_predictor.load_line(line))
    check_output(inputs, output)
    written = _json_predictor.dump_line(output)
    assert written.count("\n") == 1
    assert json.loads(written.encode("utf-8")) == output
    if output["tokens"]:
        _check_columns(output)


def _is_refused(line: str) -> None:
    try:
        _json_predictor.predict_json(_json_predictor.load_line(line))
    except ConfigurationError:
        return
    raise AssertionError(f"the predictor takes {line!r}, which the check before it refuses")


def check_output(inputs: Dict[str, Any], output: Dict[str, Any]) -> None:
    text, tokens = output["sentence"], output["tokens"]
    assert len(output["tags"]) == len(tokens)
    given: Optional[List[str]] = inputs.get("tokens")
    if given is not None:
        # Half a surrogate pair, which no file can hold, becomes U+FFFD.
        assert tokens == [re.sub("[\ud800-\udfff]", "\ufffd", token) for token in given]
    else:
        assert len(text) == len(inputs["sentence"])
        offsets, end = [], 0
        for token in tokens:
            start = text.index(token, end)
            end = start + len(token)
            offsets.append([start, end])
        check_tokens(tokens, offsets, text)
    for entity in output["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
        assert 0 <= entity["first_token"] <= entity["last_token"] < len(tokens)
        assert entity["text"].startswith(tokens[entity["first_token"]])
        assert entity["text"].endswith(tokens[entity["last_token"]])


def _check_columns(output: Dict[str, Any]) -> None:
    """The reader gets the same number of tokens and the same tags from the CoNLL output."""
    if "-DOCSTART-" in output["tokens"]:
        return  # A file that has it as a token cannot be told from one that has it as a mark.
    path = file_of("predicted.conll", _conll_predictor.dump_line(output).encode("utf-8"))
    (sentence,) = read_conll_file(path).sentences
    assert sentence.tags == output["tags"]
    assert [len(word) for word in sentence.words] == [len(token) for token in output["tokens"]]


def check_input_file(data: bytes, name: str = "input.txt", lines_per_part: int = 3) -> None:
    """The parts make up the file, and every line that is accepted can be tagged."""
    path = file_of(name, data)
    parts = read_or_refuse(lambda file: divide([str(file)], lines_per_part), path)
    if parts is None:
        return
    assert sum(part.size for part in parts) == len(data)
    assert b"".join(data[part.offset : part.offset + part.size] for part in parts) == data
    assert sum(part.lines for part in parts) == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    for part in parts:
        lines = data[part.offset : part.offset + part.size].decode("utf-8").split("\n")
        lines = lines[: part.lines]
        outputs = _json_predictor.predict_batch_json([parse_line(line) for line in lines])
        assert len(outputs) == part.lines


def check_compressed_input_file(ending: str, data: bytes) -> None:
    read_or_refuse(lambda file: divide([str(file)], 3), file_of(f"input{ending}", data))
