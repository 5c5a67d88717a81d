"""
Whether a mapping has failed, told without a dictionary.

The criterion orders mappings of one pair, but has no zero: refinement raises it well above that of
a random rotation although nothing is aligned. What tells a failure is that a word and its
translation are about equally frequent, and vector files are sorted by frequency: the ranks of words
and translations go together if the translations mean something.

The optimal transport (by its penalty) and a growing vocabulary look at the order themselves: of two
unrelated spaces without any structure (isotropic Gaussian vectors) they make mappings with an
agreement of up to 0.6. Those are told by the control (`control.py`).
"""

import torch
from scipy.stats import spearmanr

from xner_allennlp.mapping.retrieval.csls import Translations


def frequency_agreement(translations: Translations, words: int) -> float:
    """
    Spearman's rank correlation of the frequency ranks of words and their translations.

    # Parameters

    translations : `Translations`
        Of the mapped language.
    words : `int`
        So many most frequent mapped words count.

    # Returns

    `float`
        1.0 if the order is the same. About 0 if translations have nothing to do with frequency,
        also if all are one and the same hub.
    """
    rows = translations.of_mapped.rows[:words, 0]  # shape: (words,)
    if len(torch.unique(rows)) < 2:
        return 0.0
    return float(spearmanr(range(len(rows)), rows.cpu().numpy())[0])
