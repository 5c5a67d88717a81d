"""Labels of which as many words belong to entities as in a labelled corpus."""

from typing import Iterable, NamedTuple

import numpy as np
import torch
from allennlp.data import TextFieldTensors

from xner_allennlp.data import IndexedSentences
from xner_allennlp.models import CrossLingualCrfTagger

# Corpora of one kind differ by up to a quarter: of the words of WikiNEuRal's English, Spanish,
# Dutch and German 12, 14, 13 and 15 % belong to entities.
TOLERANCE = 1.25
# e^3 makes the odds of an entity 20 times as large; what needs more has found nothing.
LARGEST_BONUS = 3.0
# Sentences, enough to know to a few thousandths how many words belong to entities.
SAMPLED = 2000
# Bisection of LARGEST_BONUS on either side, to 0.006.
_STEPS = 10


class EntityBonus(NamedTuple):
    """What is to be added to the scores of all tags of entities, and the `share` without it."""

    bonus: float
    share: float


def share_of_entities(sentences: IndexedSentences, outside: int) -> float:
    """Of the words of all sentences with tags the share, in [0, 1], whose tag is not `outside`."""
    # shape: (num_words,), of all sentences
    is_tagged = np.repeat(sentences.is_tagged, sentences.lengths)
    return float((sentences.tags[is_tagged] != outside).mean())


@torch.inference_mode()
def entity_bonus(
    model: CrossLingualCrfTagger, batches: Iterable[TextFieldTensors], path: str, wanted: float
) -> EntityBonus:
    """
    With which bonus a tagger finds as many words of entities as are to be expected: a tagger that
    knows little of a language calls most of its entities "O", and what learns from its labels still
    more of them, while the share of words of entities hardly depends on the language (Effland and
    Collins 2021, *Partially supervised named entity recognition via the expected entity ratio
    loss*, where it stands in for missing labels). A bonus is a threshold of decoding; a larger one
    never finds fewer such words, so bisection finds it.

    # Parameters

    model : `CrossLingualCrfTagger`, required.
        In evaluation mode.
    batches : `Iterable[TextFieldTensors]`, required.
        Sentences, e.g. a sample of the raw target ones.
    path : `str`, required.
        By which they are read, "source" or "target".
    wanted : `float`, required.
        The share of words of entities, in (0, 1). A share that differs from it by no more than a
        factor of `TOLERANCE` is left as it is, with a bonus of 0, and so is a tagger that finds no
        entity at all.

    # Returns

    `EntityBonus`, the bonus within [-`LARGEST_BONUS`, `LARGEST_BONUS`].
    """
    emissions = [model.emissions(tokens, path) for tokens in batches]

    def share_with(bonus: float) -> float:
        # shape: (num_words,), of all sentences
        tags = np.concatenate(
            [each for logits, mask in emissions for each in model.tag_ids_of(logits, mask, bonus)]
        )
        return float((tags != model.outside).mean())

    share = share_with(0.0)
    if not share or wanted / TOLERANCE <= share <= wanted * TOLERANCE:
        return EntityBonus(0.0, share)
    low, high = -LARGEST_BONUS, LARGEST_BONUS
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if share_with(middle) < wanted else (low, middle)
    return EntityBonus((low + high) / 2, share)


def bonus_told(bonus: float, share: float, wanted: float) -> str:
    """A bonus in words, for the log."""
    if not bonus:
        done = "which is left as it is"
    else:
        direction = "raised" if bonus > 0 else "lowered"
        done = f"so the scores of entities are {direction} by {abs(bonus):.2f}"
        if abs(bonus) > LARGEST_BONUS - 0.01:
            done += ", the most that there is"
    return (
        f"{100 * share:.1f} % of the words belong to entities, in the labelled sentences "
        f"{100 * wanted:.1f} %, {done}"
    )
