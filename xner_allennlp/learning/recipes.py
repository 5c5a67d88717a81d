"""Named ways to learn a tagger: which mappings are tried, which systems are trained, how long."""

import math
from typing import Any, Dict, Mapping, NamedTuple, Tuple


class Training(NamedTuple):
    """
    One training run.

    # Parameters

    system : `str`
        Its name in `training_configs/systems.libsonnet`, and that of its folder.
    is_base : `bool`, optional (default = `False`)
        Whether it is one of those of which the best on source dev is kept.
    settings : `Mapping[str, str]`, optional (default = `{}`)
        What it needs of runs before it, as the config's settings: `{best}` is the name of the best
        base, `{archive[SYSTEM]}` the archive of a system, `{archive[best]}` that of the best base.
    fields : `Mapping[str, Any]`, optional (default = `{}`)
        Hidden fields of the system (`template.libsonnet`) that are changed.
    cost : `float`, optional (default = `1.0`)
        How long a pass takes beside one of a base system.
    """

    system: str
    is_base: bool = False
    settings: Mapping[str, str] = {}
    fields: Mapping[str, Any] = {}
    cost: float = 1.0


class Recipe(NamedTuple):
    """
    # Parameters

    mappings : `Tuple[str, ...]`
        Presets of the mapper, tried in this order until one passes the verdict.
    trainings : `Tuple[Training, ...]`
        In this order; the last one is the tagger.
    passes, sentences_seen : `int`
        Each system makes `passes` over the source sentences, and more where they are so few that it
        would see fewer than `sentences_seen`, but at most `MOST_PASSES`.
    validations : `int`
        In a pass.
    source_sentences, target_sentences : `int`
        At most so many are taken of each language's text.
    target_vocabulary : `int`
        How many of the most frequent target words the tagger keeps, beside those of the text.
    """

    mappings: Tuple[str, ...]
    trainings: Tuple[Training, ...]
    passes: int
    sentences_seen: int
    validations: int
    source_sentences: int
    target_sentences: int
    target_vocabulary: int

    def passes_over(self, sentences: int) -> int:
        """How many passes over so many source sentences."""
        return max(self.passes, min(MOST_PASSES, math.ceil(self.sentences_seen / sentences)))


MOST_PASSES = 30
"""As the paper."""

_BASES = tuple(
    Training(system, is_base=True)
    for system in ("cross_shared", "cross_word", "cross_word_no_char")
)
# Teachers of two kinds, and what is distilled from them (docs/experiments.md).
_DISTILLED = (
    Training("translated"),
    Training(
        "cross_distilled",
        settings={
            "XNER_BASE": "{best}",
            "XNER_SOURCE_ARCHIVE": "{archive[best]}",
            "XNER_TEACHERS": "{archive[best]},{archive[translated]}",
        },
        cost=3.5,
    ),
)

RECIPES: Dict[str, Recipe] = {
    "quick": Recipe(
        mappings=("cpu", "robust"),
        trainings=(_BASES[0], *_DISTILLED),
        passes=2,
        sentences_seen=8_000,
        validations=1,
        source_sentences=4_000,
        target_sentences=4_000,
        target_vocabulary=50_000,
    ),
    "default": Recipe(
        mappings=("robust", "cpu"),
        trainings=(*_BASES[:2], *_DISTILLED),
        passes=3,
        sentences_seen=36_000,
        validations=2,
        source_sentences=100_000,
        target_sentences=20_000,
        target_vocabulary=100_000,
    ),
    "thorough": Recipe(
        mappings=("robust", "cpu"),
        trainings=(*_BASES, *_DISTILLED),
        passes=6,
        sentences_seen=100_000,
        validations=4,
        source_sentences=100_000,
        target_sentences=50_000,
        target_vocabulary=200_000,
    ),
}
