"""fastText's models (`.bin`), through gensim."""

from typing import Optional

from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.word_vectors import WordVectors

_ROWS_AT_A_TIME = 4096


def read_fasttext_binary(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    Reads the vectors of the model's words, made with the parts of each word as in the `.vec` file
    that fastText writes. Words that are not in the encoding get their bytes as `\\x..` from gensim,
    which logs it.

    # Raises

    `ConfigurationError`
        If gensim is not installed, or cannot read the model.
    """
    try:
        from gensim.models.fasttext import load_facebook_vectors
    except ImportError as error:
        raise ConfigurationError(
            f"{rows.path}: this is a fastText model. To read it, install gensim with "
            '`pip install "xner_allennlp[fasttext]"`, or give the .vec file that fastText wrote '
            "beside it."
        ) from error
    try:
        model = load_facebook_vectors(rows.path, encoding=rows.encoding)
    # gensim does not check what it reads, so a damaged file can raise anything.
    except Exception as error:
        raise ConfigurationError(
            f"{rows.path}: gensim cannot read this fastText model ({error!r}). Is it complete, and "
            "made by `fasttext skipgram` or `cbow`? Or give the .vec file beside it."
        ) from error
    dim = model.vectors.shape[1]
    rows.check_dimension(dim, expected_dim)
    kept = [row for row, word in enumerate(model.index_to_key) if rows.offer(word)]
    for start in range(0, len(kept), _ROWS_AT_A_TIME):
        indices = kept[start : start + _ROWS_AT_A_TIME]
        numbers = [index + 1 for index in indices]
        rows.append_binary(model.vectors[indices], numbers, room_for=len(kept))
    return rows.result(dim)
