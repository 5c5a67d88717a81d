"""A start from words that a pretrained multilingual encoder finds alike."""

from dataclasses import dataclass
from itertools import groupby
from typing import List, Optional, Sequence, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common.bounds import AT_LEAST_ONE, check_bounds, check_values
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.starts.mapping_start import MappingStart
from xner_allennlp.mapping.starts.word_pairs import WordPairStart
from xner_allennlp.vectors import WordVectors

_PIECES_AT_ONCE = 2048
# Of a word; what is longer, such as an address, is read by its beginning, as positions have an end.
_MOST_PIECES = 32


@MappingStart.register("multilingual_encoder")
@dataclass(frozen=True)
class MultilingualEncoder(WordPairStart):
    """
    The mutual translations among frequent words, each read by the encoder by itself: by CSLS of the
    means of the last layer's states. No dictionary is needed, also of languages that share neither
    script nor words; but an encoder that has seen parallel text is a kind of one. It reads on the
    CPU, whatever the mapper's `device`.

    Registered as a `MappingStart` with name "multilingual_encoder".

    # Parameters

    encoder : `str`, required.
        A folder, or a name on the Hugging Face hub, as of
        [`pretrained_encoder`](../../modules/pretrained_encoder.md).
    words : `int`, optional (default = `8000`)
        How many of the most frequent words of each language are read.
    """

    advice = "another encoder, more of its words (start.words)"

    encoder: str = ""
    words: int = 8_000

    def __post_init__(self) -> None:
        check_values(self)
        check_bounds(self, AT_LEAST_ONE, ("words",))

    def _pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> Sequence[Tuple[int, int]]:
        """
        # Raises

        `ConfigurationError`
            If no encoder is named, or it cannot be read.
        """
        if not self.encoder:
            raise ConfigurationError(
                'The start "multilingual_encoder" needs an encoder. Set start.encoder to a folder, '
                "or to a name on the Hugging Face hub."
            )
        reader = _WordReader(self.encoder)
        # shapes: (words, hidden_size)
        sides = [reader.read(vectors.words[: self.words]) for vectors in (source, target)]
        # The mean of all words says nothing of a word.
        centred = [side - side.mean(dim=0) for side in sides]
        found = translate_both(*map(torch.nn.functional.normalize, centred), neighbours=10)
        assert found.of_fixed is not None
        # shape: (words,)
        forward, back = (side.rows[:, 0].tolist() for side in (found.of_mapped, found.of_fixed))
        return [(row, other) for row, other in enumerate(forward) if back[other] == row]


class _WordReader:
    """Words as a pretrained encoder sees them, one by one."""

    def __init__(self, name: str) -> None:
        # These import transformers, which takes seconds.
        from xner_allennlp.pretrained import EncoderDescription, WordPieces
        from xner_allennlp.pretrained.folder import encoder_folder, load_encoder

        description = EncoderDescription.read(encoder_folder(name))
        self._pieces = WordPieces(description.tokenizer)
        self._encoder = load_encoder(name, description.transformers_config()).eval()

    def read(self, words: Sequence[str]) -> torch.Tensor:
        """The mean of the last states of each word's pieces, shape: (words, hidden_size)."""
        spelled = [
            [
                *self._pieces.before,
                *self._pieces.of_word(word)[:_MOST_PIECES],
                *self._pieces.after,
            ]
            for word in words
        ]
        # Of one length together, so that nothing is padded.
        order = sorted(range(len(words)), key=lambda row: len(spelled[row]))
        means: List[torch.Tensor] = []
        progress = Tqdm.tqdm(total=len(words), desc="reading words", unit=" words")
        with progress, torch.no_grad():
            for length, rows in groupby(order, key=lambda row: len(spelled[row])):
                together = list(rows)
                step = max(1, _PIECES_AT_ONCE // length)
                for start in range(0, len(together), step):
                    batch = [spelled[row] for row in together[start : start + step]]
                    # shape: (batch, length, hidden_size)
                    states = self._encoder(input_ids=torch.tensor(batch)).last_hidden_state
                    means.append(states.mean(dim=1))
                    progress.update(len(batch))
        # shape: (words, hidden_size)
        of_words = torch.cat(means)
        in_order = torch.empty_like(of_words)
        in_order[torch.tensor(order)] = of_words
        return in_order
