"""What the tagger reads, taken out of the tensors of a batch."""

from typing import Any, Dict, NamedTuple, Tuple

import torch

from xner_allennlp.modules.encoders import EncoderInput
from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.sequences import Sequences

# AllenNLP's type of the same name.
TextFieldTensors = Dict[str, Dict[str, Any]]


class Sentences(NamedTuple):
    """
    A batch of sentences of one language.

    language : e.g. "source" or "target".
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
        cls, tokens: TextFieldTensors, language: str, embedder: torch.nn.Module
    ) -> "Sentences":
        """
        # Parameters

        tokens : `TextFieldTensors`
            Those of a batch.
        language : `str`
            Which one it is of.
        embedder : `torch.nn.Module`
            Of the words of that language. If it has `subwords`, they give words without a vector,
            whose vector is zero, one by their spelling.
        """
        ids = tokens[f"{language}_tokens"]["tokens"]
        words, form_of, spellings, characters = spelled_tokens(tokens, language)
        if isinstance(embedder, SentenceEmbedder):
            # shape: (num_words, word_dim)
            of_words = embedder.embed_words(words, form_of, spellings, characters)
            vectors = EncoderInput(words, (of_words,))
        else:
            # The same form has the same index wherever it stands.
            # shape: (num_forms,)
            word_of_form = form_of.new_zeros(len(spellings.lengths))
            word_of_form.scatter_(0, form_of, words.tokens(ids))
            # shape: (num_forms, word_dim)
            of_forms = embedder(word_of_form)
            subwords = getattr(embedder, "subwords", None)
            if subwords is not None:
                of_forms = subwords.complete(of_forms, spellings, characters)
            vectors = EncoderInput(words, (of_forms,), form_of)
        return cls(language, words, vectors, spellings, characters)


def spelled_tokens(
    tokens: TextFieldTensors, language: str
) -> Tuple[Sequences, torch.Tensor, Sequences, torch.Tensor]:
    """The words of a batch of a language, as `SentenceEmbedder.embed_words` takes them."""
    ids = tokens[f"{language}_tokens"]["tokens"]
    forms = tokens["characters"]["token_characters"]
    if "form_of" in tokens["characters"]:
        form_of = tokens["characters"]["form_of"]
        sentence_lengths = tokens["characters"]["sentence_lengths"]
        form_lengths = tokens["characters"]["form_lengths"]
        words = Sequences(sentence_lengths, ids.size(1), ids.device)
        spellings = Sequences(form_lengths, forms.size(1), forms.device)
    else:
        # A batch of another loader. Words are told apart by their index, too, as characters that
        # the vocabulary does not know are all alike.
        # shape: (num_forms, 1 + num_characters), (batch_size, num_words)
        forms, form_of = distinct_forms(torch.cat([ids.unsqueeze(-1), forms], dim=-1))
        # shape: (num_forms, num_characters)
        forms = forms[:, 1:]
        words, spellings = Sequences.of_mask(ids != 0), Sequences.of_mask(forms != 0)
    # shape: (num_words,), (num_characters,)
    return words, words.tokens(form_of), spellings, spellings.tokens(forms)


def distinct_forms(
    token_characters: torch.LongTensor,
) -> Tuple[torch.LongTensor, torch.LongTensor]:
    """
    A word's characters decide its vector, so each distinct form is to be encoded once. Batches of
    the loader `cross_lingual` come with the forms found already; others do not.
    """
    batch_size, num_words, num_characters = token_characters.size()
    # shape: (num_forms, num_characters), (batch_size * num_words,)
    forms, form_of = torch.unique(
        token_characters.reshape(-1, num_characters), dim=0, return_inverse=True
    )
    return forms, form_of.view(batch_size, num_words)
