"""The trained source model that an augmented system starts from (Algorithm 1, step 2)."""

import logging
from typing import Dict, List

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model

from xner_allennlp.common.strictness import load_strictly
from xner_allennlp.data.languages import language_of_key
from xner_allennlp.modules.mapped_embedding import MappedEmbedding
from xner_allennlp.pretrained.description import NAMESPACE

logger = logging.getLogger(__name__)


def load_source_weights(model: Model, archive_file: str) -> None:
    """
    Copies the weights of a trained source model into the source path of `model` (Algorithm 1: the
    augmented system starts from the pre-trained source model). What only `model` has, its target
    path, keeps its initial values.

    # Parameters

    model : `Model`, required.
    archive_file : `str`, required.
        `model.tar.gz` (or the folder of a finished run) of the source model.

    # Raises

    `ConfigurationError` if the archive cannot be read, or was trained with another vocabulary,
    another source path, or words in another space.
    """
    try:
        archive = load_strictly(archive_file, cuda_device=-1)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"source model {archive_file}: no such archive; train the base system first, or leave "
            "`pretrained_file` out to pre-train in the same run"
        ) from error
    source_model = archive.model
    _check_same_vocabulary(model.vocab, source_model.vocab, archive_file)
    trained = source_model.state_dict()
    own = model.state_dict()
    mismatches = _mismatches(own, trained)
    if mismatches:
        raise ConfigurationError(
            f"source model {archive_file} does not fit the source path of this model: "
            + "; ".join(mismatches)
        )
    for language, embedder in model.word_embedders.items():
        name = f"word_embedders.{language}.weight"
        if (
            isinstance(embedder, MappedEmbedding)
            and name in trained
            and not _are_alike(own[name], trained[name])
        ):
            raise ConfigurationError(
                f"source model {archive_file} has learned from other word vectors, or by another "
                f"mapping ({name} differs): set both (XNER_MAPPING) to those that it was trained "
                "with, or train it anew"
            )
    own.update(trained)
    model.load_state_dict(own)
    logger.info(
        "source path starts from the best weights of %s (%d tensors)",
        archive_file,
        len(trained),
    )


def _check_same_vocabulary(own: Vocabulary, trained: Vocabulary, archive_file: str) -> None:
    known = own.get_namespaces() | trained.get_namespaces()
    words = sorted(namespace for namespace in known if language_of_key(namespace))
    for namespace in ("labels", "characters", *words, NAMESPACE):
        ours = own.get_index_to_token_vocabulary(namespace)
        theirs = trained.get_index_to_token_vocabulary(namespace)
        if ours != theirs:
            raise ConfigurationError(
                f"source model {archive_file} has another vocabulary in namespace {namespace!r} "
                f"({len(theirs)} entries, here {len(ours)}): set the config's `vocabulary` to "
                f'{{"type": "from_archive", "archive": "{archive_file}"}}'
            )


def _are_alike(own: torch.Tensor, trained: torch.Tensor) -> bool:
    """Up to half precision, which an archive may have, and to another machine's rounding."""
    return float((own - trained).norm()) <= 0.01 * float(own.norm())


def _mismatches(own: Dict[str, torch.Tensor], trained: Dict[str, torch.Tensor]) -> List[str]:
    problems = [f"{name} is not part of this model" for name in trained if name not in own]
    problems += [
        f"{name} has shape {tuple(trained[name].shape)}, here {tuple(own[name].shape)}"
        for name in trained
        if name in own and own[name].shape != trained[name].shape
    ]
    source_parts = ("encoder.", "common_encoder.", "label_layer.", "crf.", "word_embedders.") + (
        "character_embedder.encoders.source.",
    )
    problems += [
        f"{name} is missing from it"
        for name in own
        if name not in trained and name.startswith(source_parts)
    ]
    return problems
