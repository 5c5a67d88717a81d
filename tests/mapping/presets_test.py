from dataclasses import fields
from typing import Any, Dict

import pytest

from xner_allennlp.mapping import PRESETS, MapperOptions, WordVectorMapper, presets

# Defaults of MUSE's `unsupervised.py`, by our names for its options.
MUSE: Dict[str, Any] = {
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
    "dictionary_method": "csls",  # dico_method "csls_knn_10"
    "neighbours": 10,
    "dictionary_build": "S2T",  # dico_build
    "max_rank": 15_000,  # dico_max_rank
    "min_size": 0,  # dico_min_size
    "max_size": None,  # dico_max_size 0
    "threshold": 0.0,  # dico_threshold
    "refinements": 5,  # n_refinement
    "criterion_words": 10_000,  # mean_cosine's dico_max_size
    "normalize": (),  # normalize_embeddings ""
}
# What MUSE has not, is off.
OFF: Dict[str, Any] = {
    "allow_tf32": False,
    "initialization": "adversarial",
    "vocabulary": None,
    "restarts": 1,
    "vector_length": None,
    "refinement_tolerance": None,
    "growth_from": None,
    "growth_keep": 1.0,
    "refinement_power": 0.0,
    "reweighting": 0.0,
}


def test_the_papers_procedure_is_muses() -> None:
    options = MapperOptions.of_preset("paper")
    assert options == MapperOptions() == WordVectorMapper().options
    for name, value in {**MUSE, **OFF}.items():
        assert getattr(options, name) == value, name
    others = {option.name for option in fields(options)} - set(MUSE) - set(OFF)
    # They say where and with which seed, or have no effect with the others as they are.
    assert others == {
        "direction",
        "seed",
        "device",
        "transport_starts",
        "transport_words",
        "signature_words",
        "growth_refinements",
        "whitening",
        "least_agreement",
        "least_gain",
    }


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_differs_from_the_paper(name: str) -> None:
    options = MapperOptions.of_preset(name).as_dict()
    for option, default in MapperOptions().as_dict().items():
        assert options[option] == PRESETS[name].get(option, default), option
    assert WordVectorMapper(name).options.as_dict() == options


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_described(name: str) -> None:
    assert f"\n    {name} " in (presets.__doc__ or "")


def test_what_the_descriptions_promise() -> None:
    options = {name: MapperOptions.of_preset(name) for name in PRESETS}
    assert list(options) == ["paper", "cpu", "robust", "supervised", "semi_supervised"]
    for name in ("cpu", "robust"):
        assert options[name].initialization == "transport"
    assert options["robust"].transport_starts > options["cpu"].transport_starts
    assert options["robust"].growth_refinements > options["cpu"].growth_refinements
    assert options["robust"].growth_keep < 1 == options["cpu"].growth_keep
    assert options["robust"].reweighting > 0 == options["cpu"].reweighting
    assert options["supervised"].initialization == "dictionary"
    assert options["semi_supervised"].initialization == "identical_strings"


def test_options_given_go_before_the_presets() -> None:
    options = MapperOptions.of_preset("robust", transport_starts=3, vocabulary=None)
    assert options.transport_starts == 3 and options.vocabulary is None
    assert options.growth_keep == MapperOptions.of_preset("robust").growth_keep
    # The preset itself is not changed by that.
    assert MapperOptions.of_preset("robust").transport_starts == 32
