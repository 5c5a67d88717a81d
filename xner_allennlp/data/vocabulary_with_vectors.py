"""A vocabulary with words of files of word vectors, read by our reader."""

from typing import Dict, Iterable

from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Vocabulary

from xner_allennlp.vectors import read_word_vectors


@Vocabulary.register("from_instances_and_vectors", constructor="from_instances_and_vectors")
class VocabularyWithVectors(Vocabulary):
    """
    A vocabulary that is the same as AllenNLP's, made by another constructor: words of the vector
    files are known at prediction although no corpus has them. AllenNLP's `from_instances` has
    parameters of the same names, but it reads text files only, and damaged files end in a traceback
    without file and line.

    Registered as a `Vocabulary` with name "from_instances_and_vectors".
    """

    @classmethod
    def from_instances_and_vectors(
        cls,
        instances: Iterable[Instance],
        pretrained_files: Dict[str, str],
        min_pretrained_embeddings: Dict[str, int],
    ) -> "VocabularyWithVectors":
        """
        # Parameters

        instances : `Iterable[Instance]`
        pretrained_files : `Dict[str, str]`
            Files of word vectors by namespace, in any format that
            [`read_word_vectors`](../vectors/reading.md#read_word_vectors) reads.
        min_pretrained_embeddings : `Dict[str, int]`
            How many words of each file are added, the first of the file; -1: all of them.

        # Raises

        `ConfigurationError`
            If a file of word vectors cannot be read, or one of the dictionaries has a namespace
            that the other has not.
        """
        if pretrained_files.keys() != min_pretrained_embeddings.keys():
            raise ConfigurationError(
                f"the vocabulary's pretrained_files are of {', '.join(pretrained_files)}, its "
                f"min_pretrained_embeddings of {', '.join(min_pretrained_embeddings)}: give both "
                "for the same namespaces"
            )
        words = {}
        for namespace, path in pretrained_files.items():
            number = min_pretrained_embeddings[namespace]
            if number:
                max_words = None if number == -1 else number
                words[namespace] = read_word_vectors(path, max_words=max_words).words
        vocabulary = cls.from_instances(instances, tokens_to_add=words)
        assert isinstance(vocabulary, cls)
        return vocabulary
