"""
Whether a mapping has failed, told without a dictionary.

The criterion orders mappings of one pair, but has no zero: refinement raises it well above that of
a random rotation although nothing is aligned, and hubs are kept out of it by CSLS. What tells a
failure is something that the mapping was not fitted to. A word and its translation are about
equally frequent, vector files are sorted by frequency, and no refinement looks at the order: so the
ranks of words and translations go together if the translations mean something, and hardly if they
do not.
"""

import torch
from scipy.stats import spearmanr

from xner_allennlp.mapping.csls import Translations


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
