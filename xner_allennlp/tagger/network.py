"""The network of an exported tagger, made from its description."""

from typing import Any, Dict, Optional, Union

import torch

from xner_allennlp.modules.character_reader import CharacterReader
from xner_allennlp.modules.encoders import LstmEnds, LstmStates, PassThrough
from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.sentences import TextFieldTensors
from xner_allennlp.modules.subword_vectors import SubwordVectors
from xner_allennlp.modules.two_path_network import TwoPathNetwork


class TaggingNetwork(TwoPathNetwork):
    """
    # Parameters

    description : `Dict[str, Any]`, required.
        The `network` of the folder's `config.json`: `path` and `language`, `common_dim`, `subwords`
        (whether words without a vector have one by their spelling; not in folders of before),
        `encoder` (null if words pass through) and, for the target path, `target_encoder` (each with
        `hidden_size` and `tied`), where characters are read `characters`: `embedding_dim` and by
        path `encoders`, and where a pretrained encoder reads words, `pretrained_encoder`
        ([what](./pretrained_words.md#PretrainedWords)).
    weights : `Dict[str, torch.Tensor]`, required.
        By the names that they have in an archive, those of words by the language's.
    pretrained_encoder : `SentenceEmbedder`, optional (default = `None`)
        What reads words if the weights have no word vectors.

    # Raises

    `RuntimeError`, `KeyError`
        If the weights are not those of the description.
    """

    def __init__(
        self,
        description: Dict[str, Any],
        weights: Dict[str, torch.Tensor],
        pretrained_encoder: Optional[SentenceEmbedder] = None,
    ) -> None:
        super().__init__()
        language = description["language"]
        if pretrained_encoder is not None:
            embedder: torch.nn.Module = pretrained_encoder
            word_dim = pretrained_encoder.get_output_dim()
        else:
            # shape: (num_words, word_dim)
            vectors = weights[f"word_embedders.{language}.weight"]
            embedder = _WordVectors(vectors, subwords=description.get("subwords", False))
            word_dim = vectors.size(1)
        characters = None
        if description["characters"] is not None:
            characters = _Characters(
                description["characters"], len(weights["character_embedder.embedding.weight"])
            )

        def encoder(name: str, path: str) -> Union[LstmStates, PassThrough]:
            size = word_dim
            if characters is not None and characters.serves(path):
                size += characters.get_output_dim(path)
            lstm = description[name]
            return PassThrough(size) if lstm is None else LstmStates(size, **lstm)

        self.add_parts(
            {language: embedder},
            encoder("encoder", "source"),
            characters,
            encoder("target_encoder", "target") if description["path"] == "target" else None,
            description["common_dim"],
            len(weights["label_layer.bias"]),
        )
        self._language = language
        if pretrained_encoder is not None:
            _put_in_place(weights, pretrained_encoder, f"word_embedders.{language}.")
        self.load_state_dict(weights)
        self.requires_grad_(False)
        self.eval()

    def language_of(self, tokens: TextFieldTensors) -> str:
        return self._language

    def word_embedder(self, language: str) -> torch.nn.Module:
        return self.word_embedders[language]


class _WordVectors(torch.nn.Embedding):
    def __init__(self, vectors: torch.Tensor, subwords: bool) -> None:
        # The tensor itself: word vectors are most of the memory.
        super().__init__(*vectors.shape, _weight=vectors)
        self.subwords = SubwordVectors(vectors.size(1)) if subwords else None


class _Characters(CharacterReader):
    def __init__(self, description: Dict[str, Any], num_characters: int) -> None:
        super().__init__()
        dim = description["embedding_dim"]
        self.encoders = torch.nn.ModuleDict(
            {path: LstmEnds(dim, **lstm) for path, lstm in description["encoders"].items()}
        )
        self.embedding = torch.nn.Embedding(num_characters, dim)


def _put_in_place(weights: Dict[str, torch.Tensor], module: torch.nn.Module, prefix: str) -> None:
    """
    Makes the tensors the parameters of a module, rather than copying them there: none is held
    twice, and of those in a memory-mapped file only what is used is read. torch 2.1 calls it
    `assign`. What does not fit stays, and is named when it is loaded.
    """
    for name, parameter in list(module.named_parameters()):
        tensor = weights.get(prefix + name)
        if tensor is not None and tensor.shape == parameter.shape:
            owner, _, own_name = name.rpartition(".")
            setattr(module.get_submodule(owner), own_name, torch.nn.Parameter(tensor, False))
