import json
import re
from dataclasses import FrozenInstanceError, fields
from typing import Any, Dict

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import MapperOptions, WordVectorMapper


def documented() -> Dict[str, str]:
    """Option -> default, as the docstring has them; "" if it names none."""
    text = (MapperOptions.__doc__ or "").split("# Parameters")[1].split("# Raises")[0]
    found: Dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"    ([a-z]\w*(?:, \w+)*)( : (.*))?$", line)
        if match:
            default = re.search(r"default = `(.*?)`\)", line)
            found.update(
                {name: default.group(1) if default else "" for name in match.group(1).split(", ")}
            )
    return found


def test_every_option_is_documented_in_its_order() -> None:
    assert list(documented()) == [option.name for option in fields(MapperOptions)]


def test_defaults_are_the_documented_ones() -> None:
    """Those of the dictionary are left to `build_dictionary`; `null` goes without saying."""
    elsewhere = {"dictionary_build", "max_rank", "min_size", "max_size", "threshold"}
    options = MapperOptions()
    for name, default in documented().items():
        value = getattr(options, name)
        if default:
            assert eval(default) == value, name
        else:
            assert value is None or name in elsewhere, name


def test_every_number_has_its_bounds() -> None:
    """No option takes a number that makes no sense for any of them."""
    unbounded = {"seed", "threshold", "least_agreement", "least_gain", "refinement_tolerance"}
    for option in fields(MapperOptions):
        default = getattr(MapperOptions(), option.name)
        is_number = isinstance(default, (int, float)) and not isinstance(default, bool)
        numeric = is_number or "int" in str(option.type)
        if (numeric or option.name == "vector_length") and option.name not in unbounded:
            with pytest.raises(ConfigurationError, match=option.name):
                MapperOptions(**{option.name: -1})


BAD = [
    ({"direction": "forward"}, "direction: 'forward' is unknown"),
    ({"initialization": "magic"}, "initialization: 'magic' is unknown. Choose from adversarial"),
    ({"normalize": ["unit"]}, "normalize: unknown step 'unit'"),
    ({"dictionary_method": "dot"}, "dictionary_method: 'dot' is unknown. Choose from csls, nn"),
    ({"dictionary_build": "both"}, "dictionary_build: 'both' is unknown. Choose from S2T, T2S"),
    ({"epochs": 0}, "epochs must be at least 1, not 0"),
    ({"restarts": 0}, "restarts must be at least 1"),
    ({"batch_size": -1}, "batch_size must be at least 1"),
    ({"vocabulary": 0}, "vocabulary must be at least 1"),
    ({"growth_from": 0}, "growth_from must be at least 1"),
    ({"refinements": -1}, "refinements must not be negative: -1"),
    ({"mapping_lr": -0.1}, "mapping_lr must not be negative"),
    ({"vector_length": 0}, "vector_length must be above 0"),
    ({"label_smoothing": 0.5}, "label_smoothing must be at least 0 and less than 0.5"),
    ({"input_dropout": 1.0}, "input_dropout must be at least 0 and less than 1, not 1.0"),
    ({"hidden_dropout": -0.1}, "hidden_dropout must be"),
    ({"growth_keep": 0.0}, "growth_keep must be above 0"),
    ({"growth_keep": 1.1}, "growth_keep must be above 0 and at most 1, not 1.1"),
    ({"whitening": -0.1}, "whitening must be from 0 to 1, not -0.1"),
    ({"whitening": 1.1}, "whitening must be from 0 to 1, not 1.1"),
    ({"device": "gpu"}, "device: 'gpu' is no PyTorch device"),
    ({"reweighting": 0.5, "refinements": 0}, "reweighting needs a dictionary"),
    ({"epochs": None}, "epochs must have a value"),
    ({"threshold": None}, "threshold must have a value"),
    ({"hiden_dim": 3}, "hiden_dim"),
    ({"epochs": "five"}, "Expected epochs to be a int"),
    ({"epochs": 1.5}, "Expected epochs to be a int"),
    ({"vocabulary": "all"}, "Expected vocabulary to be a int"),
    ({"beta": "small"}, "Expected beta to be numeric"),
    ({"direction": 3}, "Expected direction to be a string"),
    ({"normalize": 3}, "The options of the mapping"),
    ({"preset": "quick"}, "preset: 'quick' is unknown. Choose from paper, cpu, robust"),
]


@pytest.mark.parametrize("options, message", BAD)
def test_impossible_options_are_told(options: Dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        WordVectorMapper.from_params(Params(dict(options)))
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        WordVectorMapper(**options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigurationError, match='device is "cuda:0", but there is no CUDA device'):
        MapperOptions(device="cuda:0")


@pytest.mark.parametrize("options", [{"refinements": 1}, {"growth_from": 100}])
def test_reweighting_with_an_induced_dictionary(options: Dict[str, Any]) -> None:
    MapperOptions(reweighting=0.5, **{"refinements": 0, **options})


@pytest.mark.parametrize("initialization", ["identical_strings", "numerals", "dictionary"])
def test_reweighting_with_the_pairs_of_the_start(initialization: str) -> None:
    MapperOptions(reweighting=0.5, refinements=0, initialization=initialization)


@pytest.mark.parametrize(
    "options, asks",
    [
        ({}, True),
        ({"initialization": "transport"}, True),
        ({"initialization": "similarity_signatures"}, True),
        ({"initialization": "identical_strings"}, False),
        ({"initialization": "dictionary"}, False),
        ({"initialization": "numerals", "growth_from": 100}, True),
    ],
)
def test_which_mappings_are_compared_with_a_control(options: Dict[str, Any], asks: bool) -> None:
    assert MapperOptions(**options).asks_the_control is asks


EXTRAORDINARY: Dict[str, Any] = {
    "direction": "target_to_source",
    "initialization": "numerals",
    "normalize": ("center",),
    "device": "cpu",
    "dictionary_method": "nn",
    "dictionary_build": "T2S",
}


def test_every_option_can_be_set_in_a_config() -> None:
    settings: Dict[str, Any] = {}
    for option in fields(MapperOptions):
        default = getattr(MapperOptions(), option.name)
        if option.name in EXTRAORDINARY:
            settings[option.name] = EXTRAORDINARY[option.name]
        elif "float" in str(option.type):
            settings[option.name] = 0.25 if default is None else default / 2 + 0.1
        else:
            settings[option.name] = 7 if default is None else default + 1
    as_json = json.loads(json.dumps({"preset": "robust", **settings}))
    options = WordVectorMapper.from_params(Params(as_json)).options
    for name, value in settings.items():
        assert getattr(options, name) == value, name


def test_whole_numbers_do_for_fractions() -> None:
    options = WordVectorMapper.from_params(Params({"mapping_lr": 1, "vector_length": 4})).options
    assert options.mapping_lr == 1.0 and options.vector_length == 4.0


@pytest.mark.parametrize("steps", ["renorm, center", ["renorm", "center"], ("renorm", "center")])
def test_normalize_may_be_written_in_several_ways(steps: Any) -> None:
    assert MapperOptions(normalize=steps).normalize == ("renorm", "center")
    assert WordVectorMapper(normalize=steps).options.normalize == ("renorm", "center")


def test_as_dict_is_json_and_makes_the_same_options() -> None:
    options = MapperOptions.of_preset("robust", seed=3)
    written = json.loads(json.dumps(options.as_dict()))
    assert list(written) == [option.name for option in fields(MapperOptions)]
    assert MapperOptions(**written) == options
    assert options != MapperOptions.of_preset("robust", seed=4)


def test_options_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        MapperOptions().seed = 3  # type: ignore
