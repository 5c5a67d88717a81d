"""Folders of encoders: what is read, and what is refused with a remedy."""

import os
import shutil

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from transformers import AutoModel

from tests.pretrained.encoders import TOY_ENCODER, changed_encoder
from xner_allennlp.common.errors import InputError
from xner_allennlp.pretrained import EncoderDescription
from xner_allennlp.pretrained.folder import encoder_folder, load_encoder


def config_of(folder):
    return EncoderDescription.read(encoder_folder(folder)).transformers_config()


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_weights_of_both_formats(prefix, tmp_path):
    model = load_encoder(str(TOY_ENCODER), config_of(str(TOY_ENCODER)))
    state = {
        f"{prefix}{name}": tensor.half()
        for name, tensor in model.state_dict().items()
        if "pooler" not in name and "_ids" not in name
    }
    assert len(state) == 37
    folder = tmp_path / "encoder"
    shutil.copytree(TOY_ENCODER, folder)
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    again = load_encoder(str(folder), config_of(str(folder)))
    for name, tensor in state.items():
        loaded = again.state_dict()[name[len(prefix) :]]
        assert loaded.dtype == torch.float32
        assert torch.equal(loaded, tensor.float())
    # And as transformers reads the folder.
    if not prefix and hasattr(torch.nn.functional, "scaled_dot_product_attention"):
        theirs = AutoModel.from_pretrained(TOY_ENCODER).state_dict()
        assert all(
            torch.equal(theirs[name], tensor)
            for name, tensor in model.state_dict().items()
            if "pooler" not in name
        )


@pytest.mark.parametrize(
    "file, message",
    [
        ("config.json", "has no config.json: name the folder that `save_pretrained`"),
        ("tokenizer.json", "has no tokenizer.json: which a fast tokenizer has; where"),
        ("model.safetensors", "has neither model.safetensors nor pytorch_model.bin"),
    ],
)
def test_a_folder_that_lacks_a_file(file, message, tmp_path):
    folder = changed_encoder(tmp_path / "encoder", "config.json")
    os.remove(os.path.join(folder, file))
    with pytest.raises(ConfigurationError, match=message):
        encoder_folder(folder)


def test_a_name_without_a_network(monkeypatch):
    import socket

    def refuse(*arguments, **options):
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ConfigurationError, match="copy its folder here and name that"):
        encoder_folder("nobody/no-such-encoder")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"model_type": "t5"}, "a model of type 't5' is no encoder"),
        ({"model_type": "gpt2"}, "a model of type 'gpt2' is no encoder"),
        ({"model_type": "frobnicator"}, "does not know the model_type 'frobnicator'"),
    ],
)
def test_another_architecture(change, message, tmp_path):
    folder = changed_encoder(tmp_path / "encoder", "config.json", lambda c: c.update(change))
    with pytest.raises(InputError, match=message):
        config_of(folder)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"hidden_size": 64}, "do not fit its config.json"),
        ({"num_hidden_layers": 3}, "lack 16 tensors that its config.json asks for"),
    ],
)
def test_weights_of_another_size(change, message, tmp_path):
    folder = changed_encoder(tmp_path / "encoder", "config.json", lambda c: c.update(change))
    with pytest.raises(ConfigurationError, match=message):
        load_encoder(folder, config_of(folder))


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_spoilt_files(file, tmp_path):
    folder = changed_encoder(tmp_path / "encoder", "config.json")
    with open(os.path.join(folder, file), "r+b") as stream:
        stream.truncate(50)
    with pytest.raises((ConfigurationError, InputError), match=f"{file} cannot be read"):
        load_encoder(folder, config_of(folder))
