"""A word indexer that knows a word by another form if it does not know its exact form."""

from typing import Dict, List

from allennlp.data import Token, TokenIndexer, Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer

from xner_allennlp.vectors import known_form


@TokenIndexer.register("single_id_case_fallback")
class SingleIdCaseFallbackIndexer(SingleIdTokenIndexer):
    """
    Represents a word by one id: that of its exact form if the vocabulary has it, else that of
    another Unicode normal form, else that of its lower-case form, else that of the unknown word.

    `mapped_embedding` looks a word of the vocabulary up in the vector file the same way. The
    vocabulary of an archive is frozen, so a word first met at prediction can only be found here:
    "AMSTERDAM" then has the vector of "amsterdam" (or of nothing), as it would have had in
    training.

    Words are counted by their exact form when the vocabulary is built.

    Registered as a `TokenIndexer` with name "single_id_case_fallback". The parameters are those of
    `SingleIdTokenIndexer`, except that `namespace` cannot be `None`: words are looked up.
    """

    def tokens_to_indices(
        self, tokens: List[Token], vocabulary: Vocabulary
    ) -> Dict[str, List[int]]:
        # `get_token_index` alone cannot tell an unknown word from the unknown word's own entry.
        known = vocabulary.get_token_to_index_vocabulary(self.namespace)
        indices: List[int] = []
        for token in [*self._start_tokens, *tokens, *self._end_tokens]:
            word = self._get_feature_value(token)
            if self.lowercase_tokens:
                word = word.lower()
            else:
                word = known_form(word, known) or word
            indices.append(vocabulary.get_token_index(word, self.namespace))
        return {"tokens": indices}
