"""Training measured in passes over the source data."""

import json

import pytest
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.training import SourcePasses


@pytest.mark.parametrize(
    "num_passes, batches_per_epoch, epochs", [(2, None, 2), (2, 2, 3), (1.5, 5, 1), (0.1, 1, 1)]
)
def test_passes_become_epochs_of_the_trainer(num_passes, batches_per_epoch, epochs, tmp_path):
    # 48 sentences in batches of 16: three batches a pass.
    config = tiny_config("cross_shared", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = num_passes
    config["data_loader"]["batches_per_epoch"] = batches_per_epoch
    train(config, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["epoch"] == epochs - 1


def test_bad_options(tmp_path):
    with pytest.raises(ConfigurationError, match="num_passes must be > 0"):
        SourcePasses("somewhere", num_passes=0)
