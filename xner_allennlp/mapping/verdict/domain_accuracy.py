"""
How well languages can be told apart in the common space: what the discriminator of adversarial
training is asked, put to a new, linear one.
"""

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.use.common_space import CommonSpace

_FOLDS = 5


def domain_accuracy(space: CommonSpace, *, max_words: int = 5000, seed: int = 13370) -> float:
    """
    The cross-validated accuracy of a linear probe (logistic regression) that tells the vectors of
    source words from those of target words, as many of each.

    # Parameters

    space : `CommonSpace`
        Most frequent words first.
    max_words : `int`, optional (default = `5000`)
        So many most frequent words of each language take part.
    seed : `int`, optional (default = `13370`)
        Of the folds.

    # Returns

    `float`
        0.5 if the languages are perfectly mixed, 1.0 if they are apart. It may be a little below
        0.5, where the probe has seen a word's translation, which bears the other label.

    # Raises

    `ConfigurationError`
        If a language has fewer than five words.
    """
    # Imported here because only this needs it, and takes a second.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    sides = [space.vectors(language)[:max_words] for language in ("source", "target")]
    words = min(len(side) for side in sides)
    if words < _FOLDS:
        raise ConfigurationError(
            f"The domain accuracy is cross-validated {_FOLDS} times, so it needs at least {_FOLDS} "
            f"words of each language, not {words}."
        )
    # shape: (2 * words, d)
    vectors = np.concatenate([side[:words] for side in sides])
    # shape: (2 * words,)
    labels = np.repeat([0, 1], words)
    # Scaled, so that the probe is equally strong whatever the dimension.
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    return float(cross_val_score(probe, vectors, labels, cv=folds).mean())
