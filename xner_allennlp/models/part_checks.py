"""Do the parts of a tagger fit each other? Asked before anything is trained."""

from typing import Dict, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import Seq2SeqEncoder, TokenEmbedder

from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.shared_char_lstm import SharedCharLstm


def check_parts(
    word_embedders: Dict[str, TokenEmbedder],
    character_embedder: Optional[TokenEmbedder],
    encoders: Dict[str, Seq2SeqEncoder],
    teacher_loss: bool,
) -> None:
    """
    # Parameters

    word_embedders : `Dict[str, TokenEmbedder]`, required.
        By language, or for both.
    character_embedder : `TokenEmbedder`, required.
    encoders : `Dict[str, Seq2SeqEncoder]`, required.
        By path.
    teacher_loss : `bool`, required.

    # Raises

    `ConfigurationError` if a part is missing, is of another type, or has another size than the
    part before it.
    """
    if not word_embedders or not (
        set(word_embedders) <= {"source", "target"} or set(word_embedders) == {"both"}
    ):
        raise ConfigurationError(
            'word_embedders wants the keys "source" and/or "target", or "both" alone, '
            f"got {sorted(word_embedders)}"
        )
    if character_embedder and any(
        isinstance(part, SentenceEmbedder) for part in word_embedders.values()
    ):
        raise ConfigurationError(
            "a pretrained encoder spells words with its own pieces: leave `character_embedder` out"
        )
    if not isinstance(character_embedder, (SharedCharLstm, type(None))):
        raise ConfigurationError(
            "character_embedder must be of type `shared_char_lstm`, "
            f"got {type(character_embedder).__name__}"
        )
    word_dims = {name: part.get_output_dim() for name, part in word_embedders.items()}
    if len(set(word_dims.values())) > 1:
        raise ConfigurationError(f"word vectors of different dimensions: {word_dims}")
    if "target" not in encoders and not teacher_loss:
        raise ConfigurationError(
            "teacher_loss can be left out only with a `target_encoder`: nothing else would "
            "learn from target sentences"
        )
    if "target" not in encoders and character_embedder and character_embedder.serves("target"):
        raise ConfigurationError(
            "character_embedder has a `target_encoder`, but the model has none: "
            "give the model a `target_encoder`, or leave out the character LSTM"
        )
    for path, encoder in encoders.items():
        wanted, parts = next(iter(word_dims.values())), "word vector only"
        if character_embedder and character_embedder.serves(path):
            wanted += character_embedder.get_output_dim()
            parts = "word vector and characters"
        if encoder.get_input_dim() != wanted:
            raise ConfigurationError(
                f"the {path} encoder has input_size {encoder.get_input_dim()}, but its words "
                f"have {wanted} features ({parts})"
            )


def labels_of_scheme(vocab: Vocabulary, namespace: str, tag_scheme: str) -> Dict[int, str]:
    """
    The labels of a vocabulary by their index.

    # Raises

    `ConfigurationError` if the scheme is unknown or a label does not belong to it.
    """
    prefixes = {"BIOUL": "BIOUL", "BIO": "BIO"}.get(tag_scheme)
    if prefixes is None:
        raise ConfigurationError(f'tag_scheme must be "BIOUL" or "BIO", got {tag_scheme!r}')
    labels = vocab.get_index_to_token_vocabulary(namespace)
    for label in labels.values():
        if label != "O" and (label[1:2] != "-" or label[0] not in prefixes):
            raise ConfigurationError(
                f"label {label!r} does not belong to tag_scheme {tag_scheme}: give the "
                "dataset reader and the model the same scheme"
            )
    return labels
