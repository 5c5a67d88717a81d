"""The network of an exported tagger, made from its description."""

from typing import Any, Dict, Optional

import torch

from xner_allennlp.modules.character_reader import CharacterReader
from xner_allennlp.modules.encoders import LstmEnds, LstmStates
from xner_allennlp.modules.sentences import TextFieldTensors
from xner_allennlp.modules.two_path_network import TwoPathNetwork


class TaggingNetwork(TwoPathNetwork):
    """
    # Parameters

    description : `Dict[str, Any]`, required.
        The `network` of the folder's `config.json`: `path` and `language`, `common_dim`, `encoder`
        and, for the target path, `target_encoder` (each with `hidden_size` and `tied`), and where
        characters are read `characters`: `embedding_dim` and by path `encoders`.
    weights : `Dict[str, torch.Tensor]`, required.
        By the names that they have in an archive.

    # Raises

    `RuntimeError`, `KeyError`
        If the weights are not those of the description.
    """

    def __init__(self, description: Dict[str, Any], weights: Dict[str, torch.Tensor]) -> None:
        super().__init__()
        language = description["language"]
        # shape: (num_words, word_dim)
        vectors = weights[f"word_embedders.{language}.weight"]
        characters = None
        if description["characters"] is not None:
            characters = _Characters(
                description["characters"], len(weights["character_embedder.embedding.weight"])
            )

        def encoder(name: str, path: str) -> Optional[LstmStates]:
            if description[name] is None:
                return None
            size = vectors.size(1)
            if characters is not None and characters.serves(path):
                size += characters.get_output_dim()
            return LstmStates(size, **description[name])

        source_encoder = encoder("encoder", "source")
        assert source_encoder is not None
        self.add_parts(
            # The tensor itself: word vectors are most of the memory.
            {language: torch.nn.Embedding(*vectors.shape, _weight=vectors)},
            source_encoder,
            characters,
            encoder("target_encoder", "target"),
            description["common_dim"],
            len(weights["label_layer.bias"]),
        )
        self._language = language
        self.load_state_dict(weights)
        self.requires_grad_(False)
        self.eval()

    def language_of(self, tokens: TextFieldTensors) -> str:
        return self._language

    def word_embedder(self, language: str) -> torch.nn.Module:
        return self.word_embedders[language]


class _Characters(CharacterReader):
    def __init__(self, description: Dict[str, Any], num_characters: int) -> None:
        super().__init__()
        dim = description["embedding_dim"]
        self.encoders = torch.nn.ModuleDict(
            {path: LstmEnds(dim, **lstm) for path, lstm in description["encoders"].items()}
        )
        self.embedding = torch.nn.Embedding(num_characters, dim)
