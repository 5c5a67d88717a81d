"""The mean of the last epochs' weights."""

import json
import shutil

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.commands.evaluate_selections import evaluate_selections
from xner_allennlp.data import TargetPool
from xner_allennlp.training import AverageWeights


def averaging_config(system, folder, num_epochs=3, **trainer):
    config = tiny_config(system, folder)
    callback(config, "source_passes")["num_passes"] = 4
    config["trainer"]["callbacks"]["average_weights"] = {"num_epochs": num_epochs}
    config["trainer"]["checkpointer"] = {"type": "atomic", "keep_most_recent_by_count": None}
    config["trainer"].update(trainer)
    return config


def weights_of_epochs(run, epochs):
    return [torch.load(run / f"model_state_e{epoch + 1}_b0.th") for epoch in epochs]


def mean_of(states):
    return {
        name: torch.stack([state[name] for state in states]).double().mean(dim=0).to(value.dtype)
        for name, value in states[0].items()
    }


def metrics_of(run):
    return json.loads((run / "metrics.json").read_text())


@pytest.mark.parametrize("num_epochs, averaged", [(3, [1, 2, 3]), (1, [3]), (9, [0, 1, 2, 3])])
def test_the_archive_has_the_mean_of_the_last_epochs(num_epochs, averaged, tmp_path):
    run = tmp_path / "run"
    model = train(averaging_config("cross_shared", tmp_path / "data", num_epochs), run)
    mean = mean_of(weights_of_epochs(run, averaged))
    archived = load_archive(run / "model.tar.gz").model
    for state in (torch.load(run / "best.th"), model.state_dict(), archived.state_dict()):
        for name in mean:
            # Weights that are not trained stay as they are; the others differ by rounding.
            torch.testing.assert_close(state[name], mean[name], rtol=0, atol=1e-7)
    assert metrics_of(run)["averaged_epochs"] == len(averaged)


def test_training_and_the_choice_of_the_epoch_stay_as_they_are(tmp_path):
    config = averaging_config("cross_shared", tmp_path / "data")
    train(config, tmp_path / "averaged")
    del config["trainer"]["callbacks"]["average_weights"]
    train(config, tmp_path / "plain")
    ours, theirs = (weights_of_epochs(tmp_path / run, [3])[0] for run in ("averaged", "plain"))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    kept = torch.load(tmp_path / "averaged" / "best_source_f1.th")
    chosen = torch.load(tmp_path / "plain" / "best.th")
    assert all(torch.equal(kept[name], chosen[name]) for name in chosen)
    assert (
        metrics_of(tmp_path / "averaged")["best_source_f1_epoch"]
        == (metrics_of(tmp_path / "plain")["best_epoch"])
    )


def test_the_scores_are_those_of_the_mean(tmp_path):
    config = averaging_config("cross_shared", tmp_path / "data")
    config["trainer"]["optimizer"]["lr"] = 0.5
    config["model"]["dropout"] = 0.0
    callback(config, "source_passes")["num_passes"] = 14
    train(config, tmp_path / "run")
    scores = evaluate_selections(str(tmp_path / "run"))
    assert list(scores) == ["average", "source_dev", "target_dev"]
    (average, source_dev) = (scores[name]["sets"]["target_test"] for name in list(scores)[:2])
    assert average["f1"] == pytest.approx(metrics_of(tmp_path / "run")["test_target_f1"])
    assert average != source_dev, "the test shows nothing"
    # Only what is in the archive is scored on all sets.
    assert "source_dev" in scores["average"]["sets"]
    assert "source_dev" not in scores["source_dev"]["sets"]


def test_epochs_of_pretraining_do_not_count(tmp_path):
    config = averaging_config("cross_augmented", tmp_path / "data", num_epochs=4)
    callback(config, "pseudo_labels")["pretraining_passes"] = 2
    train(config, tmp_path / "run")
    assert metrics_of(tmp_path / "run")["averaged_epochs"] == 2
    mean = mean_of(weights_of_epochs(tmp_path / "run", [2, 3]))
    state = torch.load(tmp_path / "run" / "best.th")
    for name in mean:
        torch.testing.assert_close(state[name], mean[name], rtol=0, atol=1e-7)
    assert metrics_of(tmp_path / "run")["best_source_f1_epoch"] >= 2


def test_the_chosen_epoch_is_the_trainers_and_the_flags_are_the_last_epochs(tmp_path, monkeypatch):
    """Rounds of few sentences end after the first and the second epoch."""
    config = averaging_config("cross_augmented", tmp_path / "data")
    callback(config, "pseudo_labels").update(pretraining_passes=0, n_steps=3)
    config["trainer"]["optimizer"]["lr"] = 1e-12
    drawn = iter(["short", "long", "short", "short"])
    monkeypatch.setattr(
        TargetPool,
        "draw_length",
        lambda pool, *bounds: {"short": int(pool.lengths.min()), "long": bounds[1]}[next(drawn)],
    )
    model = train(config, tmp_path / "run")
    assert metrics_of(tmp_path / "run")["best_source_f1_epoch"] == 2
    assert bool(model.target_path_trained)


# What a run leaves that is killed after its second epoch, or when the mean is written.
@pytest.mark.parametrize("lost", ["*_e[34]_*", "nothing"])
def test_a_recovered_run_has_the_same_mean(lost, tmp_path):
    config = averaging_config("cross_shared", tmp_path / "data")
    train(config, tmp_path / "whole")
    lose = shutil.ignore_patterns("metrics*", "model.tar.gz", lost)
    shutil.copytree(tmp_path / "whole", tmp_path / "recovered", ignore=lose)
    if lost != "nothing":  # The mean was not there yet; the best epoch is the first one.
        assert metrics_of(tmp_path / "whole")["best_epoch"] == 0
        shutil.copy(tmp_path / "whole" / "best_source_f1.th", tmp_path / "recovered" / "best.th")
    train(config, tmp_path / "recovered", recover=True)
    for file in ("best.th", "best_source_f1.th"):
        ours, theirs = (torch.load(tmp_path / run / file) for run in ("whole", "recovered"))
        assert all(torch.equal(ours[name], theirs[name]) for name in ours), file
    ours, theirs = (metrics_of(tmp_path / run) for run in ("whole", "recovered"))
    assert {name: ours[name] for name in theirs if name.startswith(("best", "test", "ave"))} == {
        name: value for name, value in theirs.items() if name.startswith(("best", "test", "ave"))
    }


def test_bad_options():
    with pytest.raises(ConfigurationError, match="num_epochs must be at least 1"):
        AverageWeights("somewhere", num_epochs=0)


def test_with_a_moving_average_its_mean_is_meant(tmp_path):
    config = averaging_config("cross_shared", tmp_path / "data")
    # It never moves.
    config["trainer"]["moving_average"] = {"type": "exponential", "decay": 1.0, "denominator": 1.0}
    train(config, tmp_path / "run")
    mean, chosen = (
        torch.load(tmp_path / "run" / f"{name}.th") for name in ("best", "best_source_f1")
    )
    assert all(torch.equal(mean[name], chosen[name]) for name in mean)
    [last] = weights_of_epochs(tmp_path / "run", [3])
    assert any(not torch.equal(mean[name], last[name]) for name in mean)


def test_a_choice_by_several_metrics(tmp_path):
    config = averaging_config("cross_shared", tmp_path / "data")
    config["trainer"]["validation_metric"] = ["+source_f1", "+target_f1"]
    with pytest.raises(ConfigurationError, match="validation_metric is a list"):
        train(config, tmp_path / "run")
