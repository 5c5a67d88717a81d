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
# Of the odds of an entity e^3, 20 times: what finds less than that allows finds nothing.
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
    loss*, where it takes the part of labels that are missing). Decoding with a bonus is the choice
    of a threshold; that more of it never finds fewer such words makes it a bisection.

    # Parameters

    model : `CrossLingualCrfTagger`, required.
        In evaluation mode.
    batches : `Iterable[TextFieldTensors]`, required.
        Sentences, a sample of those that are to be labelled.
    path : `str`, required.
        By which they are read, "source" or "target".
    wanted : `float`, required.
        The share of words of entities, in (0, 1). A share that differs from it by no more than a
        factor of `TOLERANCE` is left as it is, with a bonus of 0.

    # Returns

    `EntityBonus`, the bonus within [-`LARGEST_BONUS`, `LARGEST_BONUS`].
    """
    outside = model.vocab.get_token_index("O", model.label_namespace)
    emissions = [model.emissions(tokens, path) for tokens in batches]

    def share_with(bonus: float) -> float:
        tags = np.concatenate(
            [each for logits, mask in emissions for each in model.tag_ids_of(logits, mask, bonus)]
        )
        return float((tags != outside).mean())

    share = share_with(0.0)
    if wanted / TOLERANCE <= share <= wanted * TOLERANCE:
        return EntityBonus(0.0, share)
    low, high = -LARGEST_BONUS, LARGEST_BONUS
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if share_with(middle) < wanted else (low, middle)
    return EntityBonus((low + high) / 2, share)


def bonus_told(bonus: float, share: float, wanted: float) -> str:
    """A bonus in words, for the log."""
    done = f"so the scores of entities get {bonus:.2f} more" if bonus else "which is left as it is"
    return (
        f"{100 * share:.1f} % of the words belong to entities, in the labelled sentences "
        f"{100 * wanted:.1f} %, {done}"
    )
