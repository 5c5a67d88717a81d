"""The words of an exported tagger, read by its pretrained encoder."""

from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import torch

from xner_allennlp.common.errors import InputError
from xner_allennlp.common.torchvision import without_torchvisions_warning
from xner_allennlp.modules.bert_encoder import BertEncoder
from xner_allennlp.modules.transformer_reader import TransformerReader
from xner_allennlp.pretrained import EncoderDescription, WordPieces


class PretrainedWords:
    """
    # Parameters

    description : `Dict[str, Any]`, required.
        The `pretrained_encoder` of the folder's `config.json`: `config`, what the encoder's own
        `config.json` says of its network, and the options of `TransformerReader`.
    tokenizer : `Dict[str, Any]`, required.
        What the encoder's `tokenizer.json` holds.

    # Raises

    `InputError` if the installed tokenizers, or for an encoder that is not of BERT's architecture
    the installed transformers, do not know it.
    """

    def __init__(self, description: Dict[str, Any], tokenizer: Dict[str, Any]) -> None:
        options = dict(description)
        config, layers = options.pop("config"), options["layers"]
        self._pieces = WordPieces(tokenizer)
        if BertEncoder.serves(config):
            transformer: torch.nn.Module = BertEncoder(config, layers and max(layers))
        else:
            transformer = _of_transformers(EncoderDescription(config, tokenizer), layers)
        # Its weights are still to be loaded.
        self.encoder = TransformerReader(
            transformer, self._pieces.before, self._pieces.after, **options
        )

    def look_up(self, word: str, language: str) -> Tuple[int, np.ndarray]:
        """No index, and the pieces of a word, of which 0 is padding."""
        return 0, np.array(self._pieces.of_word(word), dtype=np.int64) + 1


def _of_transformers(encoder: EncoderDescription, layers: Optional[List[int]]) -> torch.nn.Module:
    with without_torchvisions_warning():
        try:
            from transformers import AutoModel
        except ModuleNotFoundError as error:
            raise InputError(
                f"this tagger has a pretrained encoder of type {encoder.config.get('model_type')}, "
                f"which needs the library transformers ({error}); install it: pip install "
                "transformers"
            ) from error
        model: torch.nn.Module = AutoModel.from_config(encoder.transformers_config(layers))
        return model
