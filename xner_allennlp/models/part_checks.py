"""Do the parts of a tagger fit each other? Asked before anything is trained."""

from typing import Dict, List, Optional

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import Seq2SeqEncoder, TokenEmbedder

from xner_allennlp.data import LANGUAGES, check_language
from xner_allennlp.mapping import Mapping
from xner_allennlp.modules.mapped_embedding import MappedEmbedding
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
    if not word_embedders or ("both" in word_embedders and len(word_embedders) > 1):
        raise ConfigurationError(
            'word_embedders wants the keys "source" and/or "target", or "both" alone, '
            f"got {sorted(word_embedders)}"
        )
    if "both" not in word_embedders:
        for language in word_embedders:
            check_language(language)
        _check_common_space(word_embedders)
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
            wanted += character_embedder.get_output_dim(path)
            parts = "word vector and characters"
        if encoder.get_input_dim() != wanted:
            raise ConfigurationError(
                f"the {path} encoder has input_size {encoder.get_input_dim()}, but its words "
                f"have {wanted} features ({parts})"
            )


def _check_common_space(word_embedders: Dict[str, TokenEmbedder]) -> None:
    """Whether all mappings take the target's words to the same place."""
    mappings = {
        language: embedder.mapping
        for language, embedder in sorted(word_embedders.items())
        if isinstance(embedder, MappedEmbedding) and embedder.mapping is not None
    }
    if len(mappings) < 2:
        return
    first_language, first = next(iter(mappings.items()))
    if mappings.keys() == {first_language, "target"}:
        if not _are_one(first, mappings["target"]):
            raise ConfigurationError(
                f"the words of {first_language} and of target have different mappings, so they are "
                "in no space in common: give both the same `mapping_file`"
            )
        return
    for language, mapping in mappings.items():
        if mapping.mapped_language == "target" or mapping.fixed_W is not None:
            raise ConfigurationError(
                f"the mapping of {language} moves the words of the target language, so several "
                "source languages are in no space in common: learn their mappings by `xner-map "
                "pivot`, with the target language as the pivot"
            )
        if mapping.normalize != first.normalize or not np.allclose(
            mapping.means["target"], first.means["target"], rtol=1e-3, atol=1e-5
        ):
            raise ConfigurationError(
                f"the mapping of {language} normalises the words of the target language in another "
                f"way than that of {first_language}: learn all mappings by one call of "
                "`xner-map pivot`, with the target language as the pivot"
            )


def _are_one(first: Mapping, second: Mapping) -> bool:
    forms = [
        (each.dim, each.direction, each.normalize, each.fixed_W is None) for each in (first, second)
    ]
    return forms[0] == forms[1] and all(
        np.allclose(ours, theirs, rtol=1e-3, atol=1e-5)
        for ours, theirs in zip(_arrays(first), _arrays(second))
    )


def _arrays(mapping: Mapping) -> List[np.ndarray]:
    fixed_W = [] if mapping.fixed_W is None else [mapping.fixed_W]
    return [mapping.W, *fixed_W, *(mapping.means[language] for language in LANGUAGES)]


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
