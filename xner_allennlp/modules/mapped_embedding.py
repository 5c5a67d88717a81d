"""Word vectors in the common space of all languages."""

import logging
from typing import Dict, Iterable, Optional, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder

from xner_allennlp.data.languages import check_language, side_of
from xner_allennlp.mapping import Mapping
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.subword_vectors import SubwordVectors
from xner_allennlp.vectors import WordVectors, forms_of, known_form, read_word_vectors
from xner_allennlp.vectors.subwords import learn_ngram_vectors

logger = logging.getLogger(__name__)

_WORDS_FOR_NGRAMS = 50_000


@TokenEmbedder.register("mapped_embedding")
class MappedEmbedding(TokenEmbedder):
    """
    Frozen pretrained word vectors of one language in the common space: `W x` for the language that
    the mapping maps, `x` for the other (paper, equation 6). Only words of the vocabulary are kept;
    a word is looked up in its exact form, then in other Unicode normal forms, then in lower case.
    Padding, the unknown word and words without a vector are zero; with `subwords` a word of the
    vocabulary without a vector has one by its spelling and, in `cross_lingual_crf_tagger`, so has
    one that the vocabulary lacks.

    The vectors are part of the model's weights, so an archive predicts without the vector file and
    without the mapping: AllenNLP drops the key `pretrained_file` when it loads an archive, and
    without it nothing is read.

    Registered as a `TokenEmbedder` with name "mapped_embedding".

    # Parameters

    vocab : `Vocabulary`, required.
    language : `str`, required.
        Whose vectors these are, hence whether the mapping applies: "target", "source", or, of
        several source languages, "source_" and a name, e.g. "source_en".
    pretrained_file : `str`, optional (default = `None`).
        Word vectors in any form that `read_word_vectors` knows. To be given for training.
    mapping_file : `str`, optional (default = `None`).
        `mapping.npz` of `allennlp map-embeddings`. `None` leaves the vectors as they are
        (Source-Mono with monolingual vectors).
    embedding_dim : `int`, optional (default = `300`, the paper's fastText vectors).
    vocab_namespace : `str`, optional (default = `"<language>_tokens"`).
    mean_length : `float`, optional (default = `None`)
        All vectors are multiplied by one number, so that this is their mean length. A mapping that
        normalises leaves them of length 1, with which SGD at the paper's learning rate learns
        slowly; files of vectors have mean lengths from 1 to 50.
    subwords : `bool`, optional (default = `False`)
        Whether words without a vector get one from their character n-grams, whose vectors are
        learned from the 50,000 most frequent words of the file, whatever the vocabulary
        ([how](../vectors/subwords.md#learn_ngram_vectors)). Characters are those of the vocabulary
        namespace `characters`.

    # Raises

    `ConfigurationError` for an unknown language, an unreadable vector file or mapping, another
    dimension, a mapping made for these vectors as the other language, no word with a vector,
    `subwords` without characters in the vocabulary, and for training without `pretrained_file`.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        language: str,
        pretrained_file: Optional[str] = None,
        mapping_file: Optional[str] = None,
        embedding_dim: int = 300,
        vocab_namespace: Optional[str] = None,
        mean_length: Optional[float] = None,
        subwords: bool = False,
    ) -> None:
        super().__init__()
        check_language(language)
        if mean_length is not None and mean_length <= 0:
            raise ConfigurationError(
                f"mapped_embedding: mean_length must be above 0, got {mean_length}"
            )
        self.language = language
        self._namespace = vocab_namespace or f"{language}_tokens"
        num_words = vocab.get_vocab_size(self._namespace)
        # shape: (num_words, embedding_dim)
        self.register_buffer("weight", torch.zeros(num_words, embedding_dim))
        self.subwords = SubwordVectors(embedding_dim) if subwords else None
        self._has_vectors = pretrained_file is not None
        # What the vectors came into the common space by; an archive needs none.
        self.mapping: Optional[Mapping] = None
        if pretrained_file is not None:
            words = vocab.get_token_to_index_vocabulary(self._namespace)
            vectors = read_word_vectors(
                pretrained_file,
                wanted=forms_of(words),
                dim=embedding_dim,
            )
            if mapping_file is not None:
                self.mapping = Mapping.load(mapping_file)
            self._fill(vocab, vectors, _in_common_space(vectors, self.mapping, language))
            scale = 1.0
            if mean_length is not None:
                # shape: (num_words,)
                lengths = self.weight.norm(dim=1)
                scale = mean_length / float(lengths[lengths > 0].mean())
                self.weight *= scale
            if self.subwords is not None:
                self._fill_by_spelling(vocab, self.subwords, pretrained_file, scale)

    def _fill(self, vocab: Vocabulary, vectors: WordVectors, common_space: np.ndarray) -> None:
        row_of = vectors.index()
        exact, other, missing = 0, 0, 0
        for index, word in _tokens(vocab, self._namespace).items():
            form = known_form(word, row_of)
            if form is None:
                missing += 1
                continue
            exact += form == word
            other += form != word
            self.weight[index] = torch.from_numpy(common_space[row_of[form]])
        if exact + other == 0:
            raise ConfigurationError(
                f"{vectors.path}: not one of the {missing} words of the vocabulary namespace "
                f"{self._namespace!r} has a vector in this file; is it the file of the "
                f"{self.language} language?"
            )
        logger.info(
            "%s: of %d %s words %d have a vector in their exact form, %d in another, %d none",
            vectors.path,
            exact + other + missing,
            self.language,
            exact,
            other,
            missing,
        )

    def _fill_by_spelling(
        self, vocab: Vocabulary, subwords: SubwordVectors, pretrained_file: str, scale: float
    ) -> None:
        if not _tokens(vocab, "characters"):
            raise ConfigurationError(
                "mapped_embedding: subwords needs characters, and the vocabulary has none in the "
                "namespace 'characters'; let the reader index them, or set subwords to false"
            )
        # Not the vocabulary's words, so that all vocabularies of a language spell alike.
        frequent = read_word_vectors(
            pretrained_file, max_words=_WORDS_FOR_NGRAMS, dim=self.get_output_dim()
        )
        # shape: (num_frequent, embedding_dim)
        vectors = scale * _in_common_space(frequent, self.mapping, self.language)
        # By length, as a vector of 1e-25 has none in float32, and so no direction.
        # shape: (num_known,)
        known = np.flatnonzero(np.linalg.norm(vectors, axis=1))
        spelled = _spelled((frequent.words[row] for row in known.tolist()), vocab)
        subwords.fill(learn_ngram_vectors(*spelled, vectors[known]))

        words = _tokens(vocab, self._namespace)
        rows = torch.tensor(list(words))
        num_characters, characters = _spelled(words.values(), vocab)
        spellings = Sequences(num_characters, num_characters.max(), self.weight.device)
        num_before = int(self.weight.any(dim=1).sum())
        self.weight[rows] = subwords.complete(
            self.weight[rows], spellings, torch.from_numpy(characters)
        )
        logger.info(
            "%d %s words without a vector have one by their spelling",
            int(self.weight.any(dim=1).sum()) - num_before,
            self.language,
        )

    def get_output_dim(self) -> int:
        return self.weight.size(1)

    def forward(self, tokens: torch.LongTensor) -> torch.Tensor:
        """`(batch_size, num_words)` to `(batch_size, num_words, embedding_dim)`."""
        if self.training and not self._has_vectors:
            raise ConfigurationError(
                f"mapped_embedding of the {self.language} language has no vectors to train on: "
                "set `pretrained_file` (an archive drops this key when it is loaded)"
            )
        # shape: (batch_size, num_words, embedding_dim)
        return torch.nn.functional.embedding(tokens, self.weight)

    def _load_from_state_dict(self, *args, **kwargs) -> None:  # type: ignore
        super()._load_from_state_dict(*args, **kwargs)
        self._has_vectors = True


def _in_common_space(vectors: WordVectors, mapping: Optional[Mapping], language: str) -> np.ndarray:
    """The vectors, shape `(num_words, embedding_dim)`, in the common space of `mapping`."""
    if mapping is None:
        return vectors.matrix
    side = side_of(language)
    mapping.check_vectors(vectors.fingerprint, side, vectors.path)
    return mapping.apply(vectors.matrix, side)


def _spelled(words: Iterable[str], vocab: Vocabulary) -> Tuple[np.ndarray, np.ndarray]:
    """How many characters each word has, and their indices, one word after the other."""
    index = vocab.get_token_to_index_vocabulary("characters")
    unknown = index[vocab._oov_token]
    num_characters, characters = [], []
    for word in words:
        num_characters.append(len(word))
        characters += [index.get(character, unknown) for character in word]
    # shapes: (num_words,), (num_characters of all words,)
    return np.array(num_characters), np.array(characters)


def _tokens(vocab: Vocabulary, namespace: str) -> Dict[int, str]:
    """Those of a namespace by their numbers, without padding and the unknown one."""
    reserved = {vocab._padding_token, vocab._oov_token}
    tokens = vocab.get_index_to_token_vocabulary(namespace)
    return {index: token for index, token in tokens.items() if token not in reserved}
