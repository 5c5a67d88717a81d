"""The words of an exported tagger, read by its pretrained encoder; this imports transformers."""

from typing import Any, Dict, Tuple

import numpy as np
from transformers import AutoModel

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

    `InputError` if the installed transformers or tokenizers do not know such an encoder.
    """

    def __init__(self, description: Dict[str, Any], tokenizer: Dict[str, Any]) -> None:
        options = dict(description)
        encoder = EncoderDescription(options.pop("config"), tokenizer)
        self._pieces = WordPieces(tokenizer)
        config = encoder.transformers_config(options["layers"])
        # Its weights are still to be loaded.
        self.encoder = TransformerReader(
            AutoModel.from_config(config), self._pieces.before, self._pieces.after, **options
        )

    def look_up(self, word: str, language: str) -> Tuple[int, np.ndarray]:
        """No index, and the pieces of a word, of which 0 is padding."""
        return 0, np.array(self._pieces.of_word(word), dtype=np.int64) + 1
