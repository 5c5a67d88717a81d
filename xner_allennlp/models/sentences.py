"""What the tagger reads, taken out of the tensors of a batch."""

from typing import NamedTuple

import torch
from allennlp.data import TextFieldTensors
from allennlp.modules import TokenEmbedder

from xner_allennlp.modules import SentenceEmbedder
from xner_allennlp.modules.encoders import EncoderInput
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.shared_char_lstm import distinct_forms


class Sentences(NamedTuple):
    """
    A batch of sentences of one language.

    language : "source" or "target".
    words : where the words stand.
    vectors : the word vectors, of each word or of each distinct form.
    spellings : where the characters of the forms stand, one form after the other.
    characters : `(num_characters,)`, of all forms.
    """

    language: str
    words: Sequences
    vectors: EncoderInput
    spellings: Sequences
    characters: torch.Tensor

    @classmethod
    def of_tokens(
        cls, tokens: TextFieldTensors, language: str, embedder: TokenEmbedder
    ) -> "Sentences":
        """
        # Parameters

        tokens : `TextFieldTensors`
            Those of a batch.
        language : `str`
            Which one it is of.
        embedder : `TokenEmbedder`
            Of the words of that language.
        """
        ids = tokens[f"{language}_tokens"]["tokens"]
        forms = tokens["characters"]["token_characters"]
        if "form_of" in tokens["characters"]:
            form_of = tokens["characters"]["form_of"]
            sentence_lengths = tokens["characters"]["sentence_lengths"]
            form_lengths = tokens["characters"]["form_lengths"]
            words = Sequences(sentence_lengths, ids.size(1), ids.device)
            spellings = Sequences(form_lengths, forms.size(1), forms.device)
        else:
            # A batch of another loader.
            forms, form_of = distinct_forms(forms)
            words, spellings = Sequences.of_mask(ids != 0), Sequences.of_mask(forms != 0)
        # shape: (num_words,)
        form_of = words.tokens(form_of)
        # shape: (num_characters,)
        characters = spellings.tokens(forms)
        if isinstance(embedder, SentenceEmbedder):
            # shape: (num_words, word_dim)
            of_words = embedder.embed_words(words, form_of, spellings, characters)
            vectors = EncoderInput(words, (of_words,))
        else:
            # The same form has the same index wherever it stands.
            # shape: (num_forms,)
            word_of_form = form_of.new_zeros(len(forms)).scatter_(0, form_of, words.tokens(ids))
            # shape: (num_forms, word_dim)
            vectors = EncoderInput(words, (embedder(word_of_form),), form_of)
        return cls(language, words, vectors, spellings, characters)
