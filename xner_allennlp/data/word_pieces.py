"""A word indexer by the pieces of a pretrained encoder."""

from typing import Dict, List, Optional

from allennlp.data import Token, TokenIndexer, Vocabulary
from allennlp.data.token_indexers import TokenCharactersIndexer

from xner_allennlp.pretrained import EncoderDescription, WordPieces


@TokenIndexer.register("word_pieces")
class WordPiecesIndexer(TokenCharactersIndexer):
    """
    Spells a word with the pieces of the pretrained encoder that the vocabulary knows, where
    `characters` spells it with characters: in its place, under its name, it is what the embedder
    `pretrained_encoder` reads. A piece's index is its number in the encoder plus 1, since 0 is
    padding.

    AllenNLP's `pretrained_transformer_mismatched` indexes whole sentences and names the encoder
    again; a word has the same pieces wherever it stands, so here each form is cut up once.

    Registered as a `TokenIndexer` with name "word_pieces".
    """

    def __init__(self) -> None:
        super().__init__(min_padding_length=1)
        self._vocab: Optional[Vocabulary] = None

    def count_vocab_items(self, token: Token, counter: Dict[str, Dict[str, int]]) -> None:
        """Counts nothing: the pieces are the encoder's."""

    def tokens_to_indices(
        self, tokens: List[Token], vocabulary: Vocabulary
    ) -> Dict[str, List[List[int]]]:
        if self._vocab is not vocabulary:
            self._pieces = WordPieces(EncoderDescription.of_vocabulary(vocabulary).tokenizer)
            self._vocab = vocabulary
        pieces = [self._pieces.of_word(token.ensure_text()) for token in tokens]
        return {"token_characters": [[piece + 1 for piece in word] for word in pieces]}
