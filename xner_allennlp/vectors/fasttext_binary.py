"""fastText's models (`.bin`), through gensim."""

from typing import Optional

from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.matrix_rows import append_vectors, check_dimension
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.word_vectors import WordVectors

_ROWS_AT_A_TIME = 4096


def read_fasttext_binary(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    The vectors of the model's words, the same that fastText writes into the `.vec` file: parts of
    words included. Where the model's words are not in the encoding, gensim writes their bytes as
    `\\x..` and says so in the log.

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
    # gensim reads what it expects to stand there: whatever goes wrong, the file is not as expected.
    except Exception as error:
        raise ConfigurationError(
            f"{rows.path}: gensim cannot read this fastText model ({error!r}). Is it complete, and "
            "made by `fasttext skipgram` or `cbow`? Or give the .vec file beside it."
        ) from error
    dim = model.vectors.shape[1]
    check_dimension(rows.path, dim, expected_dim)
    taken = [row for row, word in enumerate(model.index_to_key) if rows.offer(word)]
    for start in range(0, len(taken), _ROWS_AT_A_TIME):
        indices = taken[start : start + _ROWS_AT_A_TIME]
        numbers = [index + 1 for index in indices]
        append_vectors(rows, model.vectors[indices], numbers, room_for=len(taken))
    return rows.result(dim)
