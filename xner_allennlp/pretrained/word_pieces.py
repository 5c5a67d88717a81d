"""Words to pieces, by the tokenizer of a pretrained encoder."""

import json
import logging
from typing import Any, Dict, List, Tuple

from tokenizers import Tokenizer

from xner_allennlp.common.errors import InputError

logger = logging.getLogger(__name__)


class WordPieces:
    """
    Reads words one by one, as a fast tokenizer reads a sentence that is split into words.

    # Parameters

    tokenizer : `Dict[str, Any]`, required.
        What `tokenizer.json` holds.

    # Raises

    `InputError` if the installed library tokenizers cannot read it.
    """

    def __init__(self, tokenizer: Dict[str, Any]) -> None:
        try:
            self._tokenizer = Tokenizer.from_str(json.dumps(tokenizer))
        # The library raises plain exceptions.
        except Exception as error:
            raise InputError(
                "the installed library tokenizers cannot read the encoder's tokenizer.json, which "
                f"a later version of it may have written ({error}); pip install -U tokenizers"
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.before, self.after = self._special_pieces()
        self._unknown = self._unknown_piece(tokenizer)
        # How many different words without a piece there were.
        self.repaired = 0

    @property
    def num_pieces(self) -> int:
        """One past the largest piece."""
        return 1 + max(self._tokenizer.get_vocab().values())

    def of_word(self, word: str) -> List[int]:
        """
        The pieces of a word, at least one. A word of which the tokenizer leaves nothing, such as
        one of control characters, is the unknown piece; it is counted, and warned of.
        """
        pieces: List[int] = self._encode([word]).ids
        if pieces:
            return pieces
        self.repaired += 1
        # At 1, 10, 100, ...: a corpus may be full of them.
        if str(self.repaired).strip("0") == "1":
            logger.warning(
                "%d different words so far have no piece, and are read as the unknown one; the "
                "last is %r",
                self.repaired,
                word,
            )
        return [self._unknown]

    def _encode(self, words: List[str]) -> Any:
        return self._tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False)

    def _special_pieces(self) -> Tuple[List[int], List[int]]:
        """What stands before and after every sentence."""
        sentence = self._tokenizer.encode(["a"], is_pretokenized=True)
        is_special = sentence.special_tokens_mask
        first = is_special.index(0) if 0 in is_special else len(is_special)
        last = first
        while last < len(is_special) and not is_special[last]:
            last += 1
        return sentence.ids[:first], sentence.ids[last:]

    def _unknown_piece(self, tokenizer: Dict[str, Any]) -> int:
        model = tokenizer.get("model", {})
        unknown = model.get("unk_id")
        if unknown is None and model.get("unk_token") is not None:
            unknown = self._tokenizer.token_to_id(model["unk_token"])
        if unknown is None:
            # A tokenizer of bytes knows everything; what stands before a sentence means nothing.
            unknown = self.before[0] if self.before else 0
        return int(unknown)
