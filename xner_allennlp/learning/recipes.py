"""Named ways to learn a tagger: how the vectors are mapped, which systems are trained, how long."""

import math
from typing import Any, Dict, Mapping, NamedTuple, Tuple


class Training(NamedTuple):
    """
    One training run.

    # Parameters

    system : `str`
        Its name in `training_configs/systems.libsonnet`, and that of its folder.
    settings : `Mapping[str, str]`, optional (default = `{}`)
        What it needs of the best base, as the config's settings: `{best}` is its system,
        `{archive}` its archive.
    fields : `Mapping[str, Any]`, optional (default = `{}`)
        Hidden fields of the system (`template.libsonnet`) that are changed.
    times : `int`, optional (default = `1`)
        How many times the recipe's passes it makes.
    cost : `float`, optional (default = `1.0`)
        How long a pass takes beside one of a base system.
    """

    system: str
    settings: Mapping[str, str] = {}
    fields: Mapping[str, Any] = {}
    times: int = 1
    cost: float = 1.0


class Recipe(NamedTuple):
    """
    The defaults are the recipe `default`.

    # Parameters

    mapping : `str`
        A preset of the mapper.
    mapping_seeds : `int`
        The largest number that is tried until the verdict is that the mapping works.
    bases : `Tuple[str, ...]`
        The base systems on mapped vectors, of which the best on source dev is kept.
    passes, sentences_seen : `int`
        Each system makes `passes` over the source sentences, and more where they are so few that it
        would see fewer than `sentences_seen`, but at most `MOST_PASSES`.
    encoder_passes, encoder_sentences_seen : `int`
        The same where there is a pretrained encoder, which knows much already.
    validations : `int`
        In a pass.
    source_sentences, target_sentences : `int`
        The largest number that is taken of each language's text.
    target_vocabulary : `int`
        How many of the most frequent target words the tagger keeps, beside those of the text.
    """

    mapping: str = "robust"
    mapping_seeds: int = 4
    bases: Tuple[str, ...] = ("cross_shared", "cross_word")
    passes: int = 3
    sentences_seen: int = 36_000
    encoder_passes: int = 1
    encoder_sentences_seen: int = 10_000
    validations: int = 2
    source_sentences: int = 100_000
    target_sentences: int = 20_000
    target_vocabulary: int = 100_000

    def passes_over(self, sentences: int, with_encoder: bool, times: int = 1) -> int:
        """How many passes over this number of source sentences, or `times` as many."""
        passes, seen = self.passes, self.sentences_seen
        if with_encoder:
            passes, seen = self.encoder_passes, self.encoder_sentences_seen
        passes = max(passes, min(MOST_PASSES, math.ceil(seen / sentences)))
        return max(passes, min(MOST_PASSES, times * passes))

    def averaged_of(self, validations: int) -> int:
        """
        Of how many of these validations, the last ones, the mean of the weights is kept: as in the
        presets of `training_configs/`, and never the first ones, when little has been learned.
        """
        return max(1, round(_AVERAGED * validations))

    def trainings(self, with_encoder: bool) -> Tuple[Training, ...]:
        """In this order: the bases, and last the tagger, which starts from the best of them."""
        if with_encoder:
            return _WITH_ENCODER
        bases = (Training(base, fields=_FIELDS) for base in self.bases)
        return (*bases, _LAST_STAGE)


MOST_PASSES = 30
"""As the paper."""

_AVERAGED = 3 / 8

# Vectors that were normalised to be mapped are too short to learn much from in few passes. Taggers
# are better as the mean of epochs than as one of them, and where words without a vector have one by
# their spelling (docs/experiments.md).
_FIELDS = {"vector_length": 4, "average_weights": True, "subwords": True}

# What it learns still grows when a base has learned all that it can.
_LAST_STAGE = Training(
    "mean_teacher",
    settings={"XNER_BASE": "{best}", "XNER_SOURCE_ARCHIVE": "{archive}"},
    fields=_FIELDS,
    times=2,
    cost=2.5,
)

# No mapping, so nothing can be translated: there is one teacher.
_WITH_ENCODER = (
    Training("transformer"),
    Training(
        "transformer_distilled",
        settings={"XNER_SOURCE_ARCHIVE": "{archive}", "XNER_TEACHERS": "{archive}"},
        cost=2.5,
    ),
)

RECIPES: Dict[str, Recipe] = {
    "quick": Recipe(
        mapping_seeds=2,
        bases=("cross_shared",),
        passes=2,
        sentences_seen=8_000,
        encoder_sentences_seen=8_000,
        validations=1,
        source_sentences=4_000,
        target_sentences=4_000,
        target_vocabulary=50_000,
    ),
    "default": Recipe(),
    "thorough": Recipe(
        mapping_seeds=8,
        bases=("cross_shared", "cross_word", "cross_word_no_char"),
        passes=6,
        sentences_seen=100_000,
        encoder_passes=3,
        encoder_sentences_seen=30_000,
        validations=4,
        target_sentences=50_000,
        target_vocabulary=200_000,
    ),
}
