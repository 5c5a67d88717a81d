"""The configs of every recipe."""

from pathlib import Path

import pytest
from allennlp.common import Params

from tests.learning.users_files import TOY, write_files
from tests.tiny_runs import callback
from xner_allennlp.learning import RECIPES, VECTORS, Request
from xner_allennlp.learning.configs import mapping_config, training_config
from xner_allennlp.mapping import WordVectorMapper

FILES = {
    "source": {
        "train": "source.train",
        "dev": "source.testa",
        "test": None,
        "vectors": "source.vec",
    },
    "target": {"train": "target.train", "dev": None, "test": None, "vectors": "target.vec"},
}
DATA = {"files": FILES, "sentences": 1000, "dim": 7, "target_words": 50}

each_recipe = pytest.mark.parametrize("name", RECIPES)


@each_recipe
def test_mapping(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    asked = Request(write_files(tmp_path), "en_xx", recipe=name)
    config = mapping_config(asked, recipe, FILES, "source")
    assert config["target_vectors"] == "target.vec"
    options = WordVectorMapper.from_params(Params(config["mapper"])).options
    assert options.further_restarts == recipe.mapping_seeds - 1 > 0


@each_recipe
def test_training_on_mapped_vectors(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    asked = Request(write_files(tmp_path), "en_xx", recipe=name)
    settings = {"XNER_MAPPING": "m.npz", "XNER_BASE": "cross_word", "XNER_SOURCE_ARCHIVE": "a"}
    for training in recipe.trainings(with_encoder=False):
        config = training_config(asked, recipe, training, DATA, settings)
        assert config["validation_data_path"] == {"source": "source.testa"}
        assert config["test_data_path"] is None and not config["evaluate_on_test"]
        assert config["random_seed"] == asked.seed
        embedder = config["model"]["word_embedders"]["target"]
        assert (embedder["embedding_dim"], embedder["mean_length"]) == (7, 4)
        assert embedder["subwords"]
        passes = callback(config, "source_passes")["num_passes"]
        assert passes == recipe.passes_over(1000, False, training.times) <= 30
        averaged = callback(config, "average_weights")["num_epochs"]
        assert averaged == round(passes * recipe.validations * 3 / 8)


@each_recipe
def test_training_with_an_encoder(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    files = {key: path for key, path in write_files(tmp_path).items() if key not in VECTORS}
    asked = Request(files, "en_xx", encoder=str(TOY / "encoder"), recipe=name)
    for training in recipe.trainings(with_encoder=True):
        settings = {key: value.format(archive="a") for key, value in training.settings.items()}
        config = training_config(asked, recipe, training, DATA, settings)
        passes = callback(config, "source_passes")["num_passes"]
        assert passes == recipe.passes_over(1000, with_encoder=True) <= 30
        # Where it does not start from an archive that has the encoder.
        is_base = training.system == "transformer"
        assert ("encoder" in config["vocabulary"]) == is_base
        assert config["model"]["word_embedders"]["both"].get("pretrained_file") == (
            str(TOY / "encoder") if is_base else None
        )
