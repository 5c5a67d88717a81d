import copy
from dataclasses import fields
from typing import Any, Dict

import pytest
from allennlp.common import Params

from xner_allennlp.mapping import (
    PRESETS,
    MapperOptions,
    RefinementOptions,
    WordVectorMapper,
    presets,
)
from xner_allennlp.mapping.starts import (
    AdversarialTraining,
    IdenticalStrings,
    MultilingualEncoder,
    OptimalTransport,
    SeedDictionary,
)

# Defaults of MUSE's `unsupervised.py`, by our names for its options.
MUSE: Dict[str, Any] = {
    "dictionary_method": "csls",  # dico_method "csls_knn_10"
    "neighbours": 10,
    "criterion_words": 10_000,  # mean_cosine's dico_max_size
    "normalize": (),  # normalize_embeddings ""
}
MUSES_START: Dict[str, Any] = {
    "epochs": 5,  # n_epochs
    "words_per_epoch": 1_000_000,  # epoch_size
    "batch_size": 32,
    "most_frequent": 75_000,  # dis_most_frequent
    "discriminator_steps": 5,  # dis_steps
    "hidden_dim": 2048,  # dis_hid_dim
    "num_layers": 2,  # dis_layers
    "input_dropout": 0.1,  # dis_input_dropout
    "hidden_dropout": 0.0,  # dis_dropout
    "label_smoothing": 0.1,  # dis_smooth
    "mapping_lr": 0.1,  # map_optimizer "sgd,lr=0.1"
    "discriminator_lr": 0.1,  # dis_optimizer "sgd,lr=0.1"
    "lr_decay": 0.98,
    "lr_shrink": 0.5,
    "min_lr": 1e-6,
    "beta": 0.001,  # map_beta
}
MUSES_REFINEMENT: Dict[str, Any] = {
    "iterations": 5,  # n_refinement
    "build": "S2T",  # dico_build
    "max_rank": 15_000,  # dico_max_rank
    "min_size": 0,  # dico_min_size
    "max_size": None,  # dico_max_size 0
    "threshold": 0.0,  # dico_threshold
}
# What MUSE has not, is off.
OFF: Dict[str, Any] = {
    "vocabulary": None,
    "restarts": 1,
    "further_restarts": 0,
    "reweighting": 0.0,
}
START_OFF: Dict[str, Any] = {"vector_length": None, "allow_tf32": False}
REFINEMENT_OFF: Dict[str, Any] = {
    "tolerance": None,
    "growth_from": None,
    "growth_keep": 1.0,
    "power": 0.0,
}
# These say where and with which seed, or have no effect with the others as they are.
OTHERS = {"direction", "seed", "device", "whitening"}


def names_of(part: Any) -> set:
    return {option.name for option in fields(part)}


def test_the_papers_procedure_is_muses() -> None:
    options = MapperOptions.of_preset("paper")
    assert options == MapperOptions() == WordVectorMapper().options
    assert isinstance(options.start, AdversarialTraining)
    for part, expected in (
        (options, {**MUSE, **OFF}),
        (options.start, {**MUSES_START, **START_OFF}),
        (options.refinement, {**MUSES_REFINEMENT, **REFINEMENT_OFF}),
    ):
        for name, value in expected.items():
            assert getattr(part, name) == value, name
    assert names_of(options) - set(MUSE) - set(OFF) == OTHERS | {"start", "refinement"}
    assert names_of(options.start) == set(MUSES_START) | set(START_OFF)
    named = set(MUSES_REFINEMENT) | set(REFINEMENT_OFF)
    assert names_of(options.refinement) - named == {"growth_iterations"}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_differs_from_the_paper(name: str) -> None:
    options = MapperOptions.of_preset(name).as_dict()
    paper = MapperOptions().as_dict()
    given = copy.deepcopy(PRESETS[name])
    start, refinement = given.pop("start", {}), given.pop("refinement", {})
    assert {**paper, **given} == {**options, **{k: paper[k] for k in ("start", "refinement")}}
    assert options["refinement"] == {**paper["refinement"], **refinement}
    type_ = start.get("type", "adversarial")
    assert options["start"]["type"] == type_
    assert {**options["start"], **start} == options["start"]
    assert WordVectorMapper(name).options.as_dict() == options


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_described(name: str) -> None:
    assert f"\n    {name} " in (presets.__doc__ or "")


def test_what_the_descriptions_promise() -> None:
    options = {name: MapperOptions.of_preset(name) for name in PRESETS}
    assert list(options) == [
        "paper",
        "cpu",
        "robust",
        "supervised",
        "semi_supervised",
        "multilingual_encoder",
        "toy",
    ]
    cpu, robust = options["cpu"], options["robust"]
    assert isinstance(cpu.start, OptimalTransport) and isinstance(robust.start, OptimalTransport)
    assert robust.start.restarts > cpu.start.restarts
    assert robust.refinement.growth_iterations > cpu.refinement.growth_iterations
    assert robust.refinement.growth_keep < 1 == cpu.refinement.growth_keep
    assert robust.reweighting > 0 == cpu.reweighting
    assert options["supervised"].start == SeedDictionary()
    assert options["semi_supervised"].start == IdenticalStrings()
    assert options["multilingual_encoder"].start == MultilingualEncoder()
    assert isinstance(options["toy"].start, AdversarialTraining)


class TestGivenOptions:
    def test_replace_those_of_the_preset(self) -> None:
        options = MapperOptions.of_preset("robust", vocabulary=None)
        robust = MapperOptions.of_preset("robust")
        assert options.vocabulary is None
        assert options.start == robust.start and options.refinement == robust.refinement

    def test_replace_single_parameters_of_a_group(self) -> None:
        robust = MapperOptions.of_preset("robust")
        for start in ({"restarts": 3}, {"type": "transport", "restarts": 3}):
            options = MapperOptions.of_preset("robust", start=start, refinement={"iterations": 9})
            assert options.start == OptimalTransport(restarts=3)
            assert options.refinement == RefinementOptions(
                **{**vars(robust.refinement), "iterations": 9}
            )
        # The preset itself is not changed by that.
        assert robust == MapperOptions.of_preset("robust")
        assert robust.start == OptimalTransport(restarts=32)

    def test_of_another_start_replace_the_whole_start(self) -> None:
        options = MapperOptions.of_preset("robust", start={"type": "adversarial", "epochs": 2})
        assert options.start == AdversarialTraining(epochs=2)
        assert options.refinement == MapperOptions.of_preset("robust").refinement

    def test_the_name_of_a_start_will_do(self) -> None:
        assert MapperOptions.of_preset(start="transport").start == OptimalTransport()
        assert MapperOptions.of_preset("toy", start="numerals").start.name == "numerals"
        same = MapperOptions.of_preset("cpu", start="transport")
        assert same == MapperOptions.of_preset("cpu")

    def test_are_not_used_up(self) -> None:
        given = {"start": {"type": "transport", "words": 50}, "refinement": {"power": 0.5}}
        expected = copy.deepcopy(given)
        for _ in range(2):
            WordVectorMapper.from_params(Params({"preset": "cpu", **given}))
            WordVectorMapper("cpu", **given)
        assert given == expected
