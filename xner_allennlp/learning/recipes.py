"""Named ways to learn a tagger: how the vectors are mapped, which systems are trained, how long."""

import math
from typing import Any, Dict, Mapping, NamedTuple, Tuple


class Training(NamedTuple):
    """
    One training run.

    # Parameters

    system : `str`
        Its name in `training_configs/systems.libsonnet`; `{best}` is that of the best base.
    name : `str`, optional (default = `""`)
        Of its folder, the system's if it has none of its own.
    further_seed : `int`, optional (default = `0`)
        Is added to the user's seed, so that one system can be trained several times.
    is_base : `bool`, optional (default = `False`)
        Whether it is one of those of which the best on source dev is kept.
    settings : `Mapping[str, str]`, optional (default = `{}`)
        What it needs of runs before it, as the config's settings: `{archive[NAME]}` is the archive
        of a run, `{archive[best]}` that of the best base.
    fields : `Mapping[str, Any]`, optional (default = `{}`)
        Hidden fields of the system (`template.libsonnet`) that are changed.
    cost : `float`, optional (default = `1.0`)
        How long a pass takes beside one of a base system.
    """

    system: str
    name: str = ""
    further_seed: int = 0
    is_base: bool = False
    settings: Mapping[str, str] = {}
    fields: Mapping[str, Any] = {}
    cost: float = 1.0

    @property
    def folder(self) -> str:
        """Where it is trained, and what it is called in messages and settings."""
        return self.name or self.system


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
    teacher_seeds : `int`
        How many teachers there are of each kind, where vectors are mapped.
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
    teacher_seeds: int = 2

    def passes_over(self, sentences: int, with_encoder: bool) -> int:
        """How many passes over this number of source sentences."""
        passes, seen = self.passes, self.sentences_seen
        if with_encoder:
            passes, seen = self.encoder_passes, self.encoder_sentences_seen
        return max(passes, min(MOST_PASSES, math.ceil(seen / sentences)))

    def averaged_of(self, validations: int) -> int:
        """
        Of how many of these validations, the last ones, the mean of the weights is kept: as in the
        presets of `training_configs/`, and never the first ones, when little has been learned.
        """
        return max(1, round(_AVERAGED * validations))

    def trainings(self, with_encoder: bool) -> Tuple[Training, ...]:
        """In this order; the last one is the tagger."""
        if with_encoder:
            return _WITH_ENCODER
        bases = (Training(base, is_base=True, fields=_FIELDS) for base in self.bases)
        return (*bases, *_distilled(self.teacher_seeds))


MOST_PASSES = 30
"""As the paper."""

_AVERAGED = 3 / 8

# Vectors that were normalised to be mapped are too short to learn much from in few passes. Taggers,
# and so teachers, are better as the mean of epochs than as one of them, and where words without a
# vector have one by their spelling (docs/experiments.md).
_FIELDS = {"vector_length": 4, "average_weights": True, "subwords": True}
_FROM_BEST = {"XNER_BASE": "{best}", "XNER_SOURCE_ARCHIVE": "{archive[best]}"}


def _distilled(teacher_seeds: int) -> Tuple[Training, ...]:
    """Teachers of two kinds, and what is distilled from them (docs/experiments.md)."""
    teachers = [Training("translated", fields=_FIELDS)]
    for seed in range(1, teacher_seeds):
        for system, name in (("{best}", "best_base"), ("translated", "translated")):
            teachers.append(Training(system, f"{name}_{seed + 1}", seed, fields=_FIELDS))
    archives = ["{archive[best]}", *(f"{{archive[{teacher.folder}]}}" for teacher in teachers)]
    settings = {**_FROM_BEST, "XNER_TEACHERS": ",".join(archives)}
    return (*teachers, Training("cross_distilled", settings=settings, fields=_FIELDS, cost=3.5))


# No mapping, so nothing can be translated: there is one teacher.
_WITH_ENCODER = (
    Training("transformer", is_base=True),
    Training(
        "transformer_distilled",
        settings={"XNER_SOURCE_ARCHIVE": "{archive[best]}", "XNER_TEACHERS": "{archive[best]}"},
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
        teacher_seeds=1,
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
