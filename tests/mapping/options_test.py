import inspect
import json
import re
from dataclasses import FrozenInstanceError, fields
from typing import Any, Dict, Tuple

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import (
    MapperOptions,
    MappingStart,
    RefinementOptions,
    WordVectorMapper,
)
from xner_allennlp.mapping.starts import (
    AdversarialTraining,
    IdenticalStrings,
    Numerals,
    OptimalTransport,
    SeedDictionary,
)

PARTS = [MapperOptions, RefinementOptions, AdversarialTraining, OptimalTransport]
GROUPS = ("start", "refinement")


def documented(part: type) -> Dict[str, str]:
    """Option -> default, as the docstring has them; "" if it names none."""
    # Of a part that inherits its settings, their class has them.
    docs = (inspect.getdoc(each) or "" for each in part.__mro__)
    text = next(doc for doc in docs if "# Parameters" in doc)
    found: Dict[str, str] = {}
    for line in text.split("# Parameters")[1].split("# Raises")[0].splitlines():
        match = re.match(r"([a-z]\w*(?:, \w+)*)( : (.*))?$", line)
        if match:
            names = match.group(1).split(", ")
            default = re.search(r"default = (.*?)\)$", line)
            values = re.findall(r"`(.*?)`", default.group(1)) if default else [""]
            found.update(zip(names, values * (len(names) // len(values))))
    return found


@pytest.mark.parametrize("part", PARTS)
def test_every_option_is_documented_in_its_order_with_its_default(part: Any) -> None:
    assert list(documented(part)) == [option.name for option in fields(part)]
    for name, default in documented(part).items():
        if name not in GROUPS:
            assert getattr(part(), name) == (eval(default) if default else None), name
    assert MapperOptions().start == AdversarialTraining()
    assert MapperOptions().refinement == RefinementOptions()


UNBOUNDED = {"seed", "threshold", "tolerance"}


@pytest.mark.parametrize("part", PARTS)
def test_every_number_has_its_bounds(part: Any) -> None:
    """No option takes a number that makes no sense for any of them."""
    for option in fields(part):
        numeric = "int" in str(option.type) or "float" in str(option.type)
        if numeric and option.name not in UNBOUNDED:
            for number in (-1, float("nan")):
                with pytest.raises(ConfigurationError, match=option.name):
                    part(**{option.name: number})


BAD = [
    ({"direction": "forward"}, "direction: 'forward' is unknown"),
    ({"start": "magic"}, "magic not in acceptable choices for type"),
    ({"normalize": ["unit"]}, "normalize: unknown step 'unit'"),
    ({"dictionary_method": "dot"}, "dictionary_method: 'dot' is unknown. Choose from csls, nn"),
    ({"refinement": {"build": "both"}}, "build: 'both' is unknown. Choose from S2T, T2S"),
    ({"start": {"epochs": 0}}, "epochs must be at least 1, not 0"),
    ({"start": {"type": "transport", "words": 1}}, "words must be at least 2, not 1"),
    ({"restarts": 0}, "restarts must be at least 1"),
    ({"start": {"batch_size": -1}}, "batch_size must be at least 1"),
    ({"vocabulary": 0}, "vocabulary must be at least 1"),
    ({"refinement": {"growth_from": 0}}, "growth_from must be at least 1"),
    ({"refinement": {"iterations": -1}}, "iterations must be at least 0, not -1"),
    ({"start": {"mapping_lr": -0.1}}, "mapping_lr must be at least 0, not -0.1"),
    ({"start": {"vector_length": 0}}, "vector_length must be above 0"),
    (
        {"start": {"label_smoothing": 0.5}},
        "label_smoothing must be at least 0 and less than 0.5",
    ),
    (
        {"start": {"input_dropout": 1.0}},
        "input_dropout must be at least 0 and less than 1, not 1.0",
    ),
    ({"start": {"hidden_dropout": -0.1}}, "hidden_dropout must be"),
    ({"refinement": {"growth_keep": 0.0}}, "growth_keep must be above 0"),
    ({"refinement": {"growth_keep": 1.1}}, "growth_keep must be above 0 and at most 1, not 1.1"),
    ({"whitening": -0.1}, "whitening must be from 0 to 1, not -0.1"),
    ({"whitening": 1.1}, "whitening must be from 0 to 1, not 1.1"),
    ({"device": "gpu"}, "device: 'gpu' is no PyTorch device"),
    ({"reweighting": 0.5, "refinement": {"iterations": 0}}, "reweighting needs a dictionary"),
    ({"start": {"epochs": None}}, "epochs must have a value"),
    ({"refinement": {"threshold": None}}, "threshold must have a value"),
    ({"start": None}, "start must have a value"),
    ({"start": {"hiden_dim": 3}}, "hiden_dim"),
    ({"start": {"type": "numerals", "epochs": 3}}, "epochs"),
    ({"refinment": {}}, "refinment"),
    ({"start": {"epochs": "five"}}, "Expected epochs to be a int"),
    ({"start": {"epochs": 1.5}}, "Expected epochs to be a int"),
    ({"vocabulary": "all"}, "Expected vocabulary to be a int"),
    ({"start": {"beta": "small"}}, "Expected beta to be numeric"),
    ({"direction": 3}, "Expected direction to be a string"),
    ({"normalize": 3}, "The options of the mapping"),
    ({"preset": "quick"}, "preset: 'quick' is unknown. Choose from paper, cpu, robust"),
]


@pytest.mark.parametrize("options, message", BAD)
def test_impossible_options_are_told(options: Dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        WordVectorMapper.from_params(Params(json.loads(json.dumps(options))))
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        WordVectorMapper(**options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigurationError, match='device is "cuda:0", but there is no CUDA device'):
        MapperOptions(device="cuda:0")


@pytest.mark.parametrize("refinement", [{"iterations": 1}, {"iterations": 0, "growth_from": 100}])
def test_reweighting_with_an_induced_dictionary(refinement: Dict[str, Any]) -> None:
    MapperOptions(reweighting=0.5, refinement=RefinementOptions(**refinement))


@pytest.mark.parametrize("start", [IdenticalStrings(), Numerals(), SeedDictionary()])
def test_reweighting_with_the_pairs_of_the_start(start: MappingStart) -> None:
    MapperOptions(reweighting=0.5, refinement=RefinementOptions(iterations=0), start=start)


EXTRAORDINARY: Dict[str, Any] = {
    "direction": "target_to_source",
    "normalize": ("center",),
    "device": "cpu",
    "dictionary_method": "nn",
    "build": "T2S",
}


def other_values(part: Any) -> Dict[str, Any]:
    """A possible value of every option that is not its default."""
    settings: Dict[str, Any] = {}
    for option in fields(part):
        default = getattr(part(), option.name)
        if option.name in EXTRAORDINARY:
            settings[option.name] = EXTRAORDINARY[option.name]
        elif "float" in str(option.type):
            settings[option.name] = 0.25 if default is None else default / 2 + 0.1
        elif option.type is bool:
            settings[option.name] = not default
        elif option.name not in GROUPS:
            settings[option.name] = 7 if default is None else default + 1
    return settings


@pytest.mark.parametrize(
    "start", [("adversarial", AdversarialTraining), ("transport", OptimalTransport)]
)
def test_every_option_can_be_set_in_a_config(start: Tuple[str, Any]) -> None:
    name, part = start
    config = {
        "preset": "robust",
        **other_values(MapperOptions),
        "start": {"type": name, **other_values(part)},
        "refinement": other_values(RefinementOptions),
    }
    options = WordVectorMapper.from_params(Params(json.loads(json.dumps(config)))).options
    for option, value in other_values(MapperOptions).items():
        assert getattr(options, option) == value, option
    assert options.start == part(**other_values(part))
    assert options.refinement == RefinementOptions(**other_values(RefinementOptions))


def test_whole_numbers_do_for_fractions() -> None:
    start = {"mapping_lr": 1, "vector_length": 4}
    made = WordVectorMapper.from_params(Params({"start": start})).options.start
    assert made == AdversarialTraining(mapping_lr=1.0, vector_length=4.0)


@pytest.mark.parametrize("steps", ["renorm, center", ["renorm", "center"], ("renorm", "center")])
def test_normalize_may_be_written_in_several_ways(steps: Any) -> None:
    assert MapperOptions(normalize=steps).normalize == ("renorm", "center")
    assert WordVectorMapper(normalize=steps).options.normalize == ("renorm", "center")


@pytest.mark.parametrize("start", MappingStart.list_available())
def test_as_dict_is_json_and_makes_the_same_options(start: str) -> None:
    options = MapperOptions.of_preset("cpu", seed=3, start=start)
    written = json.loads(json.dumps(options.as_dict()))
    assert list(written) == [option.name for option in fields(MapperOptions)]
    assert written["start"]["type"] == options.start.name == start
    assert MapperOptions.from_params(Params(written)) == options
    assert options != MapperOptions.of_preset("cpu", seed=4, start=start)


def test_options_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MapperOptions().seed = 3  # type: ignore
