"""What a model needs to know of a pretrained encoder besides its weights."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Sequence

from xner_allennlp.common.encoder_files import CONFIG_FILE, TOKENIZER_FILE
from xner_allennlp.common.errors import InputError

if TYPE_CHECKING:
    from allennlp.data import Vocabulary
    from transformers import PretrainedConfig

# The namespace of a vocabulary that holds one entry, the text of a description.
NAMESPACE = "pretrained_encoder"

# What a folder's config.json says of its files, not of the network.
_NOT_KEPT = ("_name_or_path", "architectures", "auto_map", "torch_dtype", "transformers_version")


class EncoderDescription(NamedTuple):
    """
    An encoder's architecture and tokenizer. A vocabulary holds it as the one entry of a namespace,
    so it goes wherever the vocabulary goes: to the reader and to the model, and into archives.

    config : what `config.json` says of the network.
    tokenizer : what `tokenizer.json` holds.
    """

    config: Dict[str, Any]
    tokenizer: Dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "EncoderDescription":
        """
        That of a folder.

        # Raises

        `InputError` if a file is no JSON.
        """
        config, tokenizer = (_read_json(folder / name) for name in (CONFIG_FILE, TOKENIZER_FILE))
        return cls({key: config[key] for key in config if key not in _NOT_KEPT}, tokenizer)

    @classmethod
    def of_vocabulary(cls, vocab: "Vocabulary") -> "EncoderDescription":
        """
        That which a vocabulary holds.

        # Raises

        `InputError` if it holds none.
        """
        if NAMESPACE in vocab.get_namespaces():
            for text in vocab.get_token_to_index_vocabulary(NAMESPACE):
                if text.startswith("{"):
                    return cls(**json.loads(text))
        raise InputError(
            "the vocabulary knows of no pretrained encoder: let the config's `vocabulary` be "
            '{"type": "from_instances_and_encoder", "encoder": FOLDER OR NAME}'
        )

    def to_text(self) -> str:
        """One line of ASCII."""
        return json.dumps(self._asdict(), sort_keys=True)

    def transformers_config(self, layers: Optional[Sequence[int]] = None) -> "PretrainedConfig":
        """
        The configuration as transformers has it, of the network up to the last of some layers.

        # Raises

        `InputError` if this is no encoder that transformers knows.
        """
        # An exported tagger with an encoder of BERT's kind needs no transformers.
        from transformers import MODEL_FOR_MASKED_LM_MAPPING, AutoConfig

        kind = self.config.get("model_type")
        try:
            config = AutoConfig.for_model(**self.config)
        except (TypeError, ValueError, KeyError) as error:
            raise InputError(
                f"the installed transformers does not know the model_type {kind!r}: {error}"
            ) from error
        if type(config) not in MODEL_FOR_MASKED_LM_MAPPING or config.is_encoder_decoder:
            raise InputError(
                f"a model of type {kind!r} is no encoder: take one that was trained to fill masks, "
                "such as xlm-roberta-base or bert-base-multilingual-cased"
            )
        if layers is not None:
            config.num_hidden_layers = max(layers)
        return config


def _read_json(file: Path) -> Dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{file} does not hold a JSON object")
    return content
