"""The tagger: its two paths, equation 7, its errors."""

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import multi_device
from allennlp.data import DatasetReader, Vocabulary
from allennlp.data.batch import Batch
from allennlp.models import Model, load_archive
from allennlp.predictors import Predictor

from tests.tiny_runs import callback, tiny_config, train
from tests.tiny_steps import step, tiny_tagger
from xner_allennlp.data import IndexedSentences
from xner_allennlp.mapping import Mapping


def parts(system, folder, **overrides):
    """A model of `system` and one batch of each language, with gold tags."""
    config = Params(tiny_config(system, folder, **overrides))
    reader = DatasetReader.from_params(
        Params({"type": "conll_ner", "tag_scheme": config["dataset_reader"]["tag_scheme"]})
    )
    instances = list(reader.read(config["train_data_path"].as_dict(quiet=True)))
    vocab = Vocabulary.from_params(config["vocabulary"], instances=iter(instances))
    torch.manual_seed(0)
    model = Model.from_params(config["model"], vocab=vocab)
    batches = {
        language: IndexedSentences(
            [i for i in instances if i["metadata"]["language"] == language][:6], vocab
        ).tensors(range(6))
        for language in ("source", "target")
    }
    return model, batches


@pytest.fixture
def base(tmp_path):
    return parts("cross_shared", tmp_path)


@pytest.fixture
def augmented(tmp_path):
    # As equation 7 has it.
    return parts("cross_augmented", tmp_path, model__average_terms=False)


def test_base_has_no_idle_parameters(base):
    model, batches = base
    assert not any("target" in name for name, _ in model.named_parameters())
    model.train()(**batches["source"])["loss"].backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and (parameter.grad != 0).any(), name


def test_augmented_has_no_idle_parameters(augmented):
    model, batches = augmented
    model.train()(**batches["source"], target=batches["target"])["loss"].backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and (parameter.grad != 0).any(), name


def test_loss_is_equation_7(augmented):
    model, batches = augmented
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    together = model(**batches["source"], target=batches["target"])["loss"]
    expected = 0.0
    for language, path in (("source", "source"), ("target", "source"), ("target", "target")):
        batch = batches[language]
        logits, mask = model.emissions(batch["tokens"], path)
        expected = expected - model.crf(logits, batch["tags"], mask) / len(batch["metadata"])
    torch.testing.assert_close(together, expected)


def test_loss_without_the_teacher(augmented):
    model, batches = augmented
    model.teacher_loss = False
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    together = model(**batches["source"], target=batches["target"])["loss"]
    expected = 0.0
    for language in ("source", "target"):
        batch = batches[language]
        logits, mask = model.emissions(batch["tokens"], language)
        expected = expected - model.crf(logits, batch["tags"], mask) / len(batch["metadata"])
    torch.testing.assert_close(together, expected)
    assert set(model.get_metrics(reset=True)) == {"source_loss", "target_loss"}


def test_averaged_terms(augmented):
    model, batches = augmented
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    together, alone = [
        model(**batches["source"], target=target)["loss"] for target in (batches["target"], None)
    ]
    model.average_terms = True
    averaged = model(**batches["source"], target=batches["target"])["loss"]
    torch.testing.assert_close(averaged, together / 3)
    torch.testing.assert_close(model(**batches["source"])["loss"], alone)
    model.teacher_loss = False
    of_two = model(**batches["source"], target=batches["target"])["loss"]
    model.average_terms = False
    summed = model(**batches["source"], target=batches["target"])["loss"]
    torch.testing.assert_close(of_two, summed / 2)


def test_the_teacher_is_all_that_learns_without_a_target_encoder(tmp_path):
    with pytest.raises(ConfigurationError, match="only with a `target_encoder`"):
        parts("cross_shared", tmp_path, model__teacher_loss=False)


def test_teacher_loss_does_not_touch_the_target_encoder(augmented):
    model, batches = augmented
    logits, _ = model.emissions(batches["target"]["tokens"], "source")
    logits.sum().backward()
    for name, parameter in model.named_parameters():
        if name.startswith(("target_", "character_embedder.encoders.target")):
            assert parameter.grad is None or (parameter.grad == 0).all(), name


def test_target_sentences_take_the_target_path_once_it_is_trained(augmented):
    model, batches = augmented
    assert model.path_for("target") == model.path_for("source") == "source"
    before = model.eval()(**batches["target"])["logits"]
    torch.testing.assert_close(before, model.emissions(batches["target"]["tokens"], "source")[0])
    model.train()(**batches["source"], target=batches["target"])
    assert model.path_for("target") == "target" and model.path_for("source") == "source"
    after = model.eval()(**batches["target"])["logits"]
    torch.testing.assert_close(after, model.emissions(batches["target"]["tokens"], "target")[0])


def test_sentences_do_not_depend_on_their_batch(augmented):
    model, batches = augmented
    model.eval()
    of_forms = ("token_characters", "form_lengths")
    for batch in batches.values():
        for path in ("source", "target"):
            logits, mask = model.emissions(batch["tokens"], path)
            for row in range(2):
                length = int(mask[row].sum())
                alone = {
                    key: {
                        name: ids if name in of_forms else ids[row : row + 1, :length]
                        for name, ids in ids_by_name.items()
                        if name != "sentence_lengths"
                    }
                    for key, ids_by_name in batch["tokens"].items()
                }
                alone["characters"]["sentence_lengths"] = np.array([length])
                expected = model.emissions(alone, path)[0][0]
                torch.testing.assert_close(logits[row, :length], expected, rtol=1e-4, atol=1e-5)


def test_metrics_are_by_language_and_start_over(base):
    model, batches = base
    model.eval()
    model(**batches["target"])
    metrics = model.get_metrics()
    assert set(metrics) == {"target_precision", "target_recall", "target_f1"}
    model(**batches["source"])
    everything = model.get_metrics(reset=True)
    assert "source_f1_PER" in everything and "target_f1" in everything
    assert model.get_metrics() == {}
    model.train()(**batches["source"])
    assert set(model.get_metrics(reset=True)) == {"source_loss"}


def test_no_decoding_in_training(base, monkeypatch):
    model, batches = base
    monkeypatch.setattr(model.crf, "best_paths", lambda *_: pytest.fail("decoded in training"))
    assert set(model.train()(**batches["source"])) == {"loss", "loss_terms"}


def test_readable_output(base):
    model, batches = base
    without = {key: value for key, value in batches["target"].items() if key != "metadata"}
    assert model.make_output_human_readable(model.eval()(**without))["words"] == [None] * 6
    output = model.make_output_human_readable(model.eval()(**batches["target"]))
    assert {"words", "tags", "entities", "language", "sentence", "offsets"} <= set(output)
    for words, tags, entities in zip(output["words"], output["tags"], output["entities"]):
        assert len(words) == len(tags)
        for entity in entities:
            assert 0 <= entity["first_token"] <= entity["last_token"] < len(words)
            assert 0.0 <= entity["probability"] <= 1.0


def test_one_mapping_for_both_languages(tmp_path):
    config = tiny_config("cross_shared", tmp_path)
    mapping = Mapping.load(config["model"]["word_embedders"]["source"]["mapping_file"])
    for name, changes in (
        ("near", {"W": mapping.W * 1.00001}),
        ("W", {"W": mapping.W[::-1]}),
        ("fixed_W", {"W": mapping.W, "fixed_W": mapping.W}),
        ("normalize", {"W": mapping.W, "normalize": ("renorm",)}),
    ):
        other = str(tmp_path / f"{name}.npz")
        Mapping(direction=mapping.direction, **changes).save(other)
        options = {"model__word_embedders__target__mapping_file": other}
        if name == "near":
            parts("cross_shared", tmp_path, **options)
            continue
        with pytest.raises(ConfigurationError, match="have different mappings.*`mapping_file`"):
            parts("cross_shared", tmp_path, **options)


def test_archive_predicts_elsewhere_without_vectors_and_mapping(tmp_path):
    config = tiny_config("cross_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 2
    callback(config, "pseudo_labels")["pretraining_passes"] = 1
    for embedder in config["model"]["word_embedders"].values():
        for key in ("pretrained_file", "mapping_file"):
            copy = tmp_path / "vectors" / Path(embedder[key]).name
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(Path(embedder[key]).read_bytes())
            embedder[key] = str(copy)
    model = train(config, tmp_path / "run")
    with open(config["test_data_path"]["target"], encoding="utf-8") as file:
        tokens = [line.split(" ")[0] for line in file.read().split("\n\n")[0].split("\n")]
    archive = tmp_path / "elsewhere" / "model.tar.gz"
    archive.parent.mkdir()
    (tmp_path / "run" / "model.tar.gz").rename(archive)
    for folder in ("run", "data", "vectors"):
        (tmp_path / folder).rename(tmp_path / "gone")
        shutil.rmtree(tmp_path / "gone")
    loaded = load_archive(str(archive))
    own, restored = model.state_dict(), loaded.model.state_dict()
    assert all(torch.equal(own[name], restored[name]) for name in own)
    predictor = Predictor.from_archive(loaded, "ner_tagger")
    assert len(predictor.predict_json({"tokens": tokens})["tags"]) == len(tokens)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"model__encoder__input_size": 7}, "source encoder has input_size 7"),
        ({"model__tag_scheme": "IOB1"}, 'must be "BIOUL" or "BIO"'),
        ({"model__tag_scheme": "BIO"}, "does not belong to tag_scheme BIO"),
    ],
)
def test_bad_options(tmp_path, change, message):
    with pytest.raises(ConfigurationError, match=message):
        parts("cross_shared", tmp_path, **change)


def test_character_lstms_of_two_sizes(tmp_path):
    """Of the source encoder 2 x 25 features of a word, of the target encoder 2 x 10."""
    smaller = {"model__character_embedder__target_encoder__hidden_size": 10}
    with pytest.raises(ConfigurationError, match="target encoder has input_size 90, .* have 60"):
        parts("cross_augmented", tmp_path, **smaller)
    model, batches = parts(
        "cross_augmented", tmp_path, **smaller, model__target_encoder__input_size=60
    )
    model.train()(**batches["source"], target=batches["target"])["loss"].backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_characters_for_an_encoder_that_is_not_there(tmp_path):
    config = Params(tiny_config("cross_augmented", tmp_path))
    config["model"].pop("target_encoder")
    vocab = Vocabulary()
    vocab.add_tokens_to_namespace(["O"], "labels")
    for embedder in config["model"]["word_embedders"].values():
        embedder.pop("pretrained_file"), embedder.pop("mapping_file")
    with pytest.raises(ConfigurationError, match="give the model a `target_encoder`"):
        Model.from_params(config["model"], vocab=vocab)


def test_a_language_without_word_vectors(base):
    model, batches = base
    del model.word_embedders["target"]
    with pytest.raises(ConfigurationError, match="set the reader's `language`"):
        model.eval()(**batches["target"])


@multi_device
@pytest.mark.parametrize("system", ["cross_augmented", "cross_shared", "cross_word"])
def test_every_device_has_the_same(device, system, tmp_path):
    model, loader, labelled = tiny_tagger(system, tmp_path)
    moved = copy.deepcopy(model).to(device)
    expected = step(model, loader, torch.device("cpu"))
    for ours, on_cpu in zip(step(moved, loader, torch.device(device)), expected):
        torch.testing.assert_close(ours.cpu(), on_cpu, rtol=1e-4, atol=1e-5)
    assert labelled.evaluate(moved) == labelled.evaluate(model)


def test_mixed_precision_changes_little(augmented):
    model, batches = augmented
    model.train().dropout.p = 0.0
    loss = model(**batches["source"], target=batches["target"])["loss"]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = model(**batches["source"], target=batches["target"])["loss"]
        mixed.backward()
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, loss, rtol=0.01, atol=0.0)
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_batches_of_other_loaders_are_read_alike(tmp_path):
    config = Params(tiny_config("cross_augmented", tmp_path))
    reader = DatasetReader.from_params(Params({"type": "conll_ner", "language": "target"}))
    everything = list(reader.read(config["train_data_path"].as_dict(quiet=True)))
    vocab = Vocabulary.from_instances(everything)
    instances = [each for each in everything if each["metadata"]["language"] == "target"][:5]
    model = Model.from_params(config["model"], vocab=vocab).eval()
    ours = IndexedSentences(instances, vocab).tensors(range(5))
    batch = Batch(instances)
    batch.index_instances(vocab)
    stock = batch.as_tensor_dict()
    for path in ("source", "target"):
        torch.testing.assert_close(
            model.emissions(stock["tokens"], path), model.emissions(ours["tokens"], path)
        )
        # Without a gradient each distinct form is projected once.
        with torch.no_grad():
            torch.testing.assert_close(
                model.emissions(ours["tokens"], path), model.emissions(stock["tokens"], path)
            )
        torch.testing.assert_close(
            model.emissions(ours["tokens"], path)[0].detach(),
            _without_gradient(model, ours["tokens"], path),
        )
    outputs = model.forward_on_instances(instances)
    assert [len(output["tags"]) for output in outputs] == [len(i["tokens"]) for i in instances]


def _without_gradient(model, tokens, path):
    with torch.no_grad():
        return model.emissions(tokens, path)[0]


def test_several_readings_at_once_are_those_one_by_one(augmented):
    model, batches = augmented
    model.eval()
    source, target = (batches[language]["tokens"] for language in ("source", "target"))
    readings = [(source, "source"), (target, "source"), (target, "target")]
    logits, mask = model.joint_emissions(readings)
    start = 0
    for tokens, path in readings:
        alone, mask_alone = model.emissions(tokens, path)
        rows = slice(start, start + len(alone))
        torch.testing.assert_close(logits[rows, : alone.size(1)], alone)
        assert torch.equal(mask[rows, : alone.size(1)], mask_alone)
        assert not mask[rows, alone.size(1) :].any()
        start += len(alone)
    assert start == len(logits)
