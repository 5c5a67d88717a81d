"""A vocabulary that knows the pretrained encoder of its model."""

from typing import Iterable, Sequence

from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Vocabulary

from xner_allennlp.common.bounds import check_lists
from xner_allennlp.data.languages import LANGUAGES
from xner_allennlp.pretrained import EncoderDescription, WordPieces
from xner_allennlp.pretrained.description import NAMESPACE
from xner_allennlp.pretrained.folder import encoder_folder


@Vocabulary.register("from_instances_and_encoder", constructor="from_instances_and_encoder")
class VocabularyWithEncoder(Vocabulary):
    """
    A vocabulary of labels and of a pretrained encoder: its architecture and its tokenizer, which
    the indexer `word_pieces` and the embedder `pretrained_encoder` take from here. So an archive
    has them, and needs neither the encoder's folder nor a network. Words are known by their pieces;
    of the words themselves only the most frequent one is kept.

    Registered as a `Vocabulary` with name "from_instances_and_encoder".
    """

    @classmethod
    def from_instances_and_encoder(
        cls,
        instances: Iterable[Instance],
        encoder: str,
        languages: Sequence[str] = LANGUAGES,
    ) -> "VocabularyWithEncoder":
        """
        # Parameters

        instances : `Iterable[Instance]`
        encoder : `str`
            A folder, or a name on the Hugging Face hub.
        languages : `Sequence[str]`, optional (default = `("source", "target")`)
            Whose words are known by their pieces alone.

        # Raises

        `ConfigurationError`
            If the encoder cannot be read, is of another architecture, or has no fast tokenizer.
        """
        check_lists(languages=languages)
        description = EncoderDescription.read(encoder_folder(encoder))
        config = description.transformers_config()
        num_pieces = WordPieces(description.tokenizer).num_pieces
        if num_pieces > config.vocab_size:
            raise ConfigurationError(
                f"the encoder {encoder}: its tokenizer has {num_pieces} pieces, its network "
                f"{config.vocab_size}; they do not belong together"
            )
        vocabulary = cls.from_instances(
            instances,
            tokens_to_add={NAMESPACE: [description.to_text()]},
            max_vocab_size={f"{language}_tokens": 1 for language in languages},
        )
        assert isinstance(vocabulary, cls)
        return vocabulary
