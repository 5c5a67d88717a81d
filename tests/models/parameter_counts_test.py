"""The trainable parameters of every system of the paper's Table 4, built from our config files."""

import json

import pytest
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.models import Model

CHARACTERS = {"es": 99, "nl": 111, "de": 106, "ar": 165, "fi": 90}

TABLE_4 = {
    "cross_word_no_char": {"es": 342906, "nl": 342906, "de": 342906, "ar": 341890, "fi": 342906},
    "cross_word": {"es": 395581, "nl": 395881, "de": 395756, "ar": 396215, "fi": 395356},
    "cross_shared": {"es": 210081, "nl": 210381, "de": 182506, "ar": 181490, "fi": 209856},
    "cross_augmented": {"es": 661281, "nl": 661581, "de": 636356, "ar": 797215, "fi": 661056},
}


def vocabulary_of(pair: str) -> Vocabulary:
    prefixes = "BI" if pair == "ar" else "BIUL"
    labels = ["O"] + [f"{p}-{t}" for p in prefixes for t in ("PER", "LOC", "ORG", "MISC")]
    vocab = Vocabulary(non_padded_namespaces=["labels"])
    vocab.add_tokens_to_namespace(labels, "labels")
    # Padding and unknown are counted in the paper's number of characters.
    vocab.add_tokens_to_namespace([f"c{i}" for i in range(CHARACTERS[pair] - 2)], "characters")
    for language in ("source", "target"):
        vocab.add_tokens_to_namespace(["word"], f"{language}_tokens")
    return vocab


@pytest.mark.parametrize("pair", CHARACTERS)
@pytest.mark.parametrize("system", TABLE_4)
def test_every_system_of_table_4(system, pair, root, monkeypatch):
    monkeypatch.setenv("XNER_PRESET", "paper")
    monkeypatch.setenv("XNER_PAIR", f"en_{pair}")
    config = Params.from_file(root / "training_configs" / f"{system}.jsonnet")
    model_config = json.loads(json.dumps(config["model"].as_dict(quiet=True)))
    for embedder in model_config["word_embedders"].values():
        del embedder["pretrained_file"], embedder["mapping_file"]
    model = Model.from_params(Params(model_config), vocab=vocabulary_of(pair))
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert trainable == TABLE_4[system][pair]
