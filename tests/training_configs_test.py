"""The configs of systems: what each of them says, and that it trains."""

import json
import re
import shutil
from pathlib import Path

import allennlp_models.tagging.models  # noqa: F401  (registers `crf_tagger`)
import pytest
import torch
from allennlp.commands.evaluate import evaluate_from_archive
from allennlp.common import Params
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from tests.shipped_configs import CONFIGS, config_of
from tests.tiny_runs import ROOT, callback, tiny_config, train, write_tiny_corpora

PAIRS = ("en_es", "en_nl", "en_de", "en_ar", "en_fi")
# Base system -> kind of its LSTM, whether it reads characters.
BASES = {
    "cross_word_no_char": ("untied_lstm", False),
    "cross_word": ("untied_lstm", True),
    "cross_shared": ("tied_lstm", True),
    "cross_shared_char": ("tied_lstm", True),
    "cross_shared_no_char": ("tied_lstm", False),
}
TRANSFORMERS = [
    "transformer",
    "transformer_augmented",
    "transformer_distilled",
    "transformer_frozen",
]


def source_path(config):
    model = config["model"]
    characters = model.get("character_embedder", {}).get("encoder")
    return model["encoder"]["type"], characters is not None and characters["type"]


@pytest.mark.parametrize("name", ["mapping", "cross_augmented"])
def test_a_worked_example_is_its_system_for_a_pair(name, monkeypatch):
    monkeypatch.setenv("XNER_DATA", "/data")
    example = Params.from_file(CONFIGS / f"{name}_en_nl.jsonnet").as_dict(quiet=True)
    assert example == config_of(name, "en_nl") != config_of(name, "en_es")


def test_the_toy_world_needs_no_pair():
    example = Params.from_file(CONFIGS / "cross_shared.jsonnet").as_dict(quiet=True)
    assert example == config_of("cross_shared", "en_nl")


def test_a_new_pair_is_one_entry(tmp_path, monkeypatch):
    shutil.copytree(CONFIGS, tmp_path / "configs")
    pairs = tmp_path / "configs" / "pairs.libsonnet"
    entry = "local pairs = {\n  de_nl: pair { source_language:: 'de', target_language:: 'nl' },"
    text = pairs.read_text("utf-8")
    assert "local pairs = {" in text
    pairs.write_text(text.replace("local pairs = {", entry), "utf-8")
    monkeypatch.setenv("XNER_DATA", "/data")
    monkeypatch.setenv("XNER_PAIR", "de_nl")
    mapping = Params.from_file(tmp_path / "configs" / "mapping.jsonnet")
    assert mapping["source_vectors"] == "/data/vectors/de.vec.gz"
    tagger = Params.from_file(tmp_path / "configs" / "cross_shared.jsonnet")
    assert tagger["train_data_path"]["source"] == "/data/ner/de/de.train"
    embedder = tagger["model"]["word_embedders"]["source"]
    assert embedder["mapping_file"] == "runs/mapping_de_nl/mapping.npz"


@pytest.mark.parametrize(
    "setting, number, name",
    [
        (None, -1, "cpu"),
        ("cpu", -1, "cpu"),
        ("-1", -1, "cpu"),
        ("cuda", 0, "cuda:0"),
        ("3", 3, "cuda:3"),
        ("cuda:1", 1, "cuda:1"),
    ],
)
def test_one_setting_says_where_to_compute(setting, number, name, monkeypatch):
    """Without it on the CPU, even where there is a GPU that others may be using."""
    if setting is not None:
        monkeypatch.setenv("XNER_DEVICE", setting)
    assert config_of("cross_augmented")["trainer"]["cuda_device"] == number
    assert config_of("mapping")["mapper"]["device"] == name


def test_the_toy_world_is_warned_of(monkeypatch):
    assert "TOY WORLD" in config_of("cross_augmented")["trainer"]["warning"]
    monkeypatch.setenv("XNER_DATA", "/data")
    assert "warning" not in config_of("cross_augmented")["trainer"]


@pytest.mark.parametrize("pair", PAIRS)
def test_base_of_the_paper(pair):
    base = {"en_de": "cross_shared", "en_ar": "cross_word_no_char"}.get(pair, "cross_shared")
    augmented = config_of("cross_augmented", pair)
    assert source_path(augmented) == source_path(config_of(base, pair))
    assert (source_path(augmented)[1] is False) == (pair in ("en_de", "en_ar"))


@pytest.mark.parametrize("pair", ["en_nl", "en_de", "en_ar"])
@pytest.mark.parametrize("base", BASES)
def test_base_of_choice(base, pair, monkeypatch):
    monkeypatch.setenv("XNER_BASE", base)
    kind, reads_characters = BASES[base]
    if base == "cross_shared" and pair != "en_nl":
        reads_characters = False  # As the paper's table has it.
    augmented = config_of("cross_augmented", pair)
    assert source_path(augmented) == (kind, reads_characters and kind)
    if base in ("cross_word_no_char", "cross_word", "cross_shared"):
        assert source_path(augmented) == source_path(config_of(base, pair))
    # The target path is the same with every base.
    assert augmented["model"]["target_encoder"]["type"] == "untied_lstm"
    assert augmented["model"]["character_embedder"]["target_encoder"]["type"] == "untied_lstm"
    # Other systems have no base.
    assert source_path(config_of("cross_word", pair)) == ("untied_lstm", "untied_lstm")


@pytest.mark.parametrize(
    "name, value, config, message",
    [
        (
            "XNER_BASE",
            "source_mono",
            "cross_augmented_en_nl",
            "XNER_BASE is source_mono, known are",
        ),
        ("XNER_DATA", "/data", "cross_shared", "XNER_PAIR is not set, known are: en_ar"),
        ("XNER_DATA", "/data", "mapping", "XNER_PAIR is not set, known are: en_ar"),
        ("XNER_PAIR", "en_xx", "cross_shared", "XNER_PAIR is en_xx, known are"),
        ("XNER_PAIR", "en_xx", "ablations/cross_shared.iob2", "XNER_PAIR is en_xx, known are"),
        ("XNER_PAIR", "en_nl", "ablations/cross_shared.other_direction", "set XNER_MAPPING"),
        ("XNER_SEED", "7", "cross_distilled", "XNER_TEACHERS is not set: give the archives"),
        ("XNER_PRESET", "huge", "cross_shared", "XNER_PRESET is huge, known are"),
        ("XNER_PRESET", "huge", "mapping", "XNER_PRESET is huge, known are"),
        (
            "XNER_PRESET",
            '{"preset": "small", "num_pases": 1, "subword": true}',
            "cross_shared",
            "XNER_PRESET changes num_pases, subword, but known are: .*num_passes.*vector_length",
        ),
        ("XNER_PRESET", '{"preset": "small", "num_pases": 1}', "mapping", "changes num_pases"),
        ("XNER_PRESET", '{"num_passes": 1}', "cross_shared", "XNER_PRESET names no preset"),
        ("XNER_SEED", "x7", "cross_shared", "XNER_SEED is x7: give a whole number"),
        ("XNER_SEED", "-1", "mapping", "XNER_SEED is -1: give a whole number"),
        ("XNER_SEED", "", "stock_crf_tagger", "XNER_SEED is : give a whole number"),
        ("XNER_DEVICE", "gpu", "cross_shared", "XNER_DEVICE is gpu, known are: cpu, cuda"),
        ("XNER_DEVICE", "cuda:", "mapping", "XNER_DEVICE is cuda:, known are: cpu, cuda"),
        ("XNER_TEACHERS", " ,", "cross_distilled", "XNER_TEACHERS is not set: give the archives"),
    ],
)
def test_settings_that_do_not_exist(name, value, config, message, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(RuntimeError, match=message):
        Params.from_file(CONFIGS / f"{config}.jsonnet")


def test_blanks_around_the_names_of_teachers(monkeypatch):
    monkeypatch.setenv("XNER_TEACHERS", " a.tar.gz, b c.tar.gz ,")
    config = config_of("cross_distilled")
    assert callback(config, "distillation")["teachers"] == ["a.tar.gz", "b c.tar.gz"]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pretrained_encoder_needs_no_vectors(pair, monkeypatch):
    monkeypatch.setenv("XNER_DATA", "/data")
    with pytest.raises(RuntimeError, match="XNER_ENCODER is not set: name the folder"):
        config_of("transformer", pair)
    monkeypatch.setenv("XNER_ENCODER", "some/encoder")
    monkeypatch.setenv("XNER_TEACHERS", "model.tar.gz")
    for name in TRANSFORMERS:
        config = config_of(name, pair)
        assert "vec" not in json.dumps(config) and "mapping" not in json.dumps(config)
        assert config["vocabulary"]["encoder"] == "some/encoder"
        assert config["model"]["word_embedders"]["both"]["pretrained_file"] == "some/encoder"


def test_a_pretrained_encoder_starts_from_its_base(tmp_path, monkeypatch):
    train(tiny_config("transformer", tmp_path / "data"), tmp_path / "base")
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", str(tmp_path / "base" / "model.tar.gz"))
    config = tiny_config("transformer_augmented", tmp_path / "data")
    assert "pretrained_file" not in config["model"]["word_embedders"]["both"]
    callback(config, "source_passes")["num_passes"] = 1
    # So that what it has learned can be seen.
    config["trainer"]["optimizer"]["lr"] = 0.0
    config["trainer"]["optimizer"]["parameter_groups"][0][1]["lr"] = 0.0
    model = train(config, tmp_path / "augmented")
    base = torch.load(tmp_path / "base" / "best.th")
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in base.items())
    # Groups of the optimizer: all of the transformer, and everything else.
    names = [name for name, _ in model.named_parameters() if "transformer" in name]
    state = torch.load(tmp_path / "augmented" / "training_state_e1_b0.th")
    first, others = state["optimizer"]["param_groups"]
    assert len(first["params"]) == len(names) == 37
    assert others["params"]


def test_pretrained_teachers_and_their_student(tmp_path, monkeypatch):
    archives = []
    for seed in (1, 2):
        # Untrained, they find entities anywhere.
        config = tiny_config("transformer", tmp_path / "data", trainer__optimizer__lr=0.0)
        callback(config, "source_passes")["num_passes"] = 1
        config["random_seed"] = config["pytorch_seed"] = seed
        train(config, tmp_path / f"teacher_{seed}")
        archives.append(str(tmp_path / f"teacher_{seed}" / "model.tar.gz"))
    monkeypatch.setenv("XNER_TEACHERS", ",".join(archives))
    config = tiny_config("transformer_distilled", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 2
    train(config, tmp_path / "student")
    metrics = json.loads((tmp_path / "student" / "metrics.json").read_text())
    losses = {key for key in metrics if key.startswith("training_") and key.endswith("_loss")}
    assert losses == {"training_loss", "training_source_loss", "training_target_loss"}
    (line,) = (tmp_path / "student" / "pseudo_labels.jsonl").read_text().splitlines()
    assert json.loads(line)["sentences"] == 48


def test_starts_from_a_base_of_choice(tmp_path, monkeypatch):
    train(tiny_config("cross_word", tmp_path / "data"), tmp_path / "base")
    monkeypatch.setenv("XNER_BASE", "cross_word")
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", str(tmp_path / "base" / "model.tar.gz"))
    config = tiny_config("cross_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 1
    train(config, tmp_path / "augmented")
    assert not (tmp_path / "augmented" / "metrics_epoch_1.json").exists()


def test_gold_tags_of_the_pool(monkeypatch):
    assert "gold_file" not in callback(config_of("cross_augmented"), "pseudo_labels")
    monkeypatch.setenv("XNER_GOLD", "yes")
    config = config_of("cross_augmented")
    labels = callback(config, "pseudo_labels")
    assert labels["gold_file"] == config["train_data_path"]["target"]
    assert labels["gold_reader"]["language"] == "target"


def test_translated_tagger_is_of_the_target_language(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_SELECTIONS", "all")
    config = tiny_config("translated", tmp_path / "data", trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = 6
    embedders = config["model"]["word_embedders"]
    assert embedders["source"]["pretrained_file"] == embedders["target"]["pretrained_file"]
    assert not any("mapping_file" in embedder for embedder in embedders.values())
    assert config["trainer"]["validation_metric"] == "+source_f1"
    train(config, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["test_target_f1"] > 0
    # The archive tags target sentences without mapping and vectors.
    unpacked = load_archive(
        tmp_path / "run" / "model.tar.gz",
        overrides=json.dumps(
            {
                f"{reader}.{key}": "gone"
                for reader in ("dataset_reader", "validation_dataset_reader")
                for key in ("mapping_file", "source_vectors", "target_vectors")
            }
        ),
    )
    predictor = Predictor.from_archive(unpacked, "ner_tagger")
    text = Path(config["test_data_path"]["target"]).read_text(encoding="utf-8")
    words = [line.split(" ")[0] for line in text.split("\n\n")[0].split("\n")]
    assert predictor.predict_json({"tokens": words})["tokens"] == words
    (first, *_) = unpacked.validation_dataset_reader.read(config["test_data_path"]["target"])
    assert first["metadata"]["words"] == words


def four_columns(path, output):
    """As CoNLL-2003 is distributed: word, part of speech, chunk, entity."""
    lines = Path(path).read_text("utf-8").splitlines()
    rows = [line.replace(" ", " X O ") for line in lines]
    output.write_text("\n".join(rows) + "\n", "utf-8")
    return str(output)


@pytest.mark.parametrize("reader", ["conll_ner", "conll2003"])
def test_the_stock_baseline(reader, tmp_path, monkeypatch):
    """AllenNLP's own model, and its own reader, too: trained, archived, evaluated."""
    monkeypatch.chdir(ROOT)
    config = config_of("stock_crf_tagger")
    assert config["dataset_reader"]["type"] == "conll_ner"
    assert "TOY WORLD" in config["trainer"]["warning"]
    files = {split: paths["source"] for split, paths in write_tiny_corpora(tmp_path).items()}
    if reader == "conll2003":
        # The override that the config's comment shows.
        text = (CONFIGS / "stock_crf_tagger.jsonnet").read_text("utf-8")
        shown = re.search(r"-o '(.*?)'", text.replace("//", ""), re.DOTALL)[1]
        config.update(json.loads(shown))
        files = {split: four_columns(path, tmp_path / split) for split, path in files.items()}
    config["train_data_path"] = files["train"]
    config["validation_data_path"] = files["testa"]
    config["test_data_path"] = files["testb"]
    config["trainer"].update(num_epochs=12, optimizer={"type": "adam", "lr": 0.02})
    train(config, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["test_f1-measure-overall"] > 0.2
    again = evaluate_from_archive(tmp_path / "run" / "model.tar.gz", files["testb"])
    assert again["f1-measure-overall"] == metrics["test_f1-measure-overall"]
