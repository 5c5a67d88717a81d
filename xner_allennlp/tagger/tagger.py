"""The tagger as Python programs use it."""

import os
from collections.abc import Set
from numbers import Integral
from os import PathLike
from typing import (
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
    overload,
)

from xner_allennlp.common.errors import InputError
from xner_allennlp.common.torchvision import without_torchvisions_warning
from xner_allennlp.common.usable_device import usable_device
from xner_allennlp.tagger.documents import Document, Entity, read_document
from xner_allennlp.tagger.exported import ExportedTagger
from xner_allennlp.tagger.folder import is_exported, load_exported, save_exported
from xner_allennlp.tagger.sentence_tagger import SentenceTagger
from xner_allennlp.tagger.threshold import Threshold, thresholds_by_type

# How many sentences are tagged in one go, so that each batch has some of similar length. What is
# in memory stays bounded.
_SENTENCES_AT_ONCE = 4096

Text = Union[str, Sequence[str]]


class Tagger:
    """
    Finds the named entities of texts.

        tagger = Tagger.load("runs/nl/model.tar.gz")
        for entity in tagger.tag("Máxima bezocht Zwolle."):
            print(entity.text, entity.type, entity.start, entity.end, entity.probability)

    # Parameters

    sentence_tagger : `SentenceTagger`, required.
        Made by [`load`](#load).
    """

    def __init__(self, sentence_tagger: SentenceTagger) -> None:
        self._sentence_tagger = sentence_tagger

    @classmethod
    def load(
        cls,
        path: Union[str, "PathLike[str]"],
        *,
        language: Optional[str] = None,
        device: str = "cpu",
    ) -> "Tagger":
        """
        # Parameters

        path : `Union[str, PathLike]`, required.
            An archive (`model.tar.gz`, or the folder of a finished run), which needs AllenNLP, or
            a folder that [`export`](#export) has made, which needs torch, numpy, regex and
            safetensors; with a pretrained encoder tokenizers, too, and transformers unless that is
            a BERT, RoBERTa or XLM-R.
        language : `str`, optional (default = "target" of an archive)
            The language to tag: "target", "source", or one of several source languages, e.g.
            "source_en". An exported folder has one, and no other can be asked of it.
        device : `str`, optional (default = `"cpu"`)
            As in torch, e.g. "cuda".

        # Raises

        `InputError`
            If there is no tagger, the folder is not whole, was made by a later version or is of
            another language, a library that it needs is missing, or the device cannot be used.
        `ConfigurationError`
            If the archive is none, or not one of a tagger.
        """
        where = usable_device(device)
        if is_exported(path):
            exported = load_exported(path, where)
            if language not in (None, exported.language):
                raise InputError(
                    f"{path} tags {exported.language!r}, not {language!r}: export the archive "
                    f"again with --language {language}"
                )
            return cls(exported)
        try:
            os.stat(path)
            with without_torchvisions_warning():
                from xner_allennlp.tagger.archived import load_archived

            return cls(load_archived(path, language or "target", where))
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise InputError(
                f"{path} is no tagger ({error}): name a folder that `xner-tagger export` made, a "
                "model.tar.gz or the folder of a finished run"
            ) from error
        except ModuleNotFoundError as error:
            raise InputError(
                f"{path} is not exported, and to read an archive AllenNLP is needed ({error}): "
                "install it, or export the archive where it is installed (`xner-tagger export`)"
            ) from error

    def export(self, folder: Union[str, "PathLike[str]"]) -> None:
        """
        Writes the tagger into a new folder, as safetensors and JSON: [`load`](#load) reads it
        without AllenNLP, and it finds the same entities with the same probabilities.

        # Raises

        `InputError`
            If the folder has something in it, or the tagger has parts that cannot be exported:
            stock AllenNLP parts in place of ours.
        """
        tagger = self._sentence_tagger
        if not isinstance(tagger, ExportedTagger):
            # It was loaded from an archive.
            from xner_allennlp.tagger.archived import ArchivedTagger
            from xner_allennlp.tagger.conversion import exported_tagger

            assert isinstance(tagger, ArchivedTagger)
            tagger = exported_tagger(tagger)
        save_exported(tagger, folder)

    @property
    def entity_types(self) -> List[str]:
        """The types of entities that it can find, sorted."""
        return self._sentence_tagger.entity_types

    def split(self, text: str) -> List[List[Tuple[int, int]]]:
        """
        Of each sentence that [`tag`](#tag) finds in a text where its words stand, in characters of
        the whole text, end exclusive. An entity begins and ends with words of one sentence.
        """
        return read_document(text, self._sentence_tagger.split_words).sentences

    @overload
    def tag(
        self, texts: str, *, threshold: Threshold = ..., batch_size: Optional[int] = ...
    ) -> List[Entity]: ...

    @overload
    def tag(
        self,
        texts: Union[List[str], List[List[str]]],
        *,
        threshold: Threshold = ...,
        batch_size: Optional[int] = ...,
    ) -> List[List[Entity]]: ...

    @overload
    def tag(
        self, texts: Iterator[Text], *, threshold: Threshold = ..., batch_size: Optional[int] = ...
    ) -> Iterator[List[Entity]]: ...

    def tag(
        self,
        texts: Union[Text, Iterable[Text]],
        *,
        threshold: Threshold = 0.0,
        batch_size: Optional[int] = None,
    ) -> Union[List[Entity], List[List[Entity]], Iterator[List[Entity]]]:
        """
        # Parameters

        texts : required.
            One text of any length, a list of texts, a list of sentences that are lists of words,
            or an iterator over texts or such sentences. A text is split into paragraphs and
            sentences ([how](../text/sentences.md)), so that no entity crosses a blank line; nothing
            of it is cut.
        threshold : `Union[float, Mapping[str, float]]`, optional (default = `0`)
            Entities of a lower probability are left out; a higher threshold trades recall for
            precision. A dictionary gives that of each type, 0 for those that it does not name.
        batch_size : `int`, optional (default = what suits the device)
            How many sentences are tagged at once. It decides memory and speed, not the result.

        # Returns

        The entities from left to right: of one text a list, of a list of texts a list of lists.
        From an iterator an iterator, which reads on only when the entities of what was read have
        been taken; offsets of words are those in the words with single spaces between.

        # Raises

        `InputError`
            If an argument is something else, or the threshold names a type that there is not.
        """
        thresholds = thresholds_by_type(threshold, self.entity_types)
        if batch_size is not None and (not isinstance(batch_size, Integral) or batch_size < 1):
            raise InputError(
                f"batch_size is {batch_size!r}; give a whole number of at least 1, or nothing"
            )
        if isinstance(texts, str):
            return next(self._tag([texts], thresholds, batch_size))
        # These would be iterated over, too: numbers, keys, texts in any order.
        no_texts = isinstance(texts, (bytes, Mapping, Set))
        if no_texts or not isinstance(texts, Iterable):
            raise InputError(f"a text, a list or an iterator is wanted, got {type(texts).__name__}")
        tagged = self._tag(texts, thresholds, batch_size)
        return list(tagged) if isinstance(texts, (list, tuple)) else tagged

    def _tag(
        self, texts: Iterable[Text], thresholds: Dict[str, float], batch_size: Optional[int]
    ) -> Iterator[List[Entity]]:
        waiting: List[Document] = []
        sentences = 0
        for text in texts:
            waiting.append(read_document(text, self._sentence_tagger.split_words))
            # One without words has to be answered, too.
            sentences += max(1, len(waiting[-1].sentences))
            if sentences >= _SENTENCES_AT_ONCE:
                yield from self._tag_documents(waiting, thresholds, batch_size)
                waiting, sentences = [], 0
        yield from self._tag_documents(waiting, thresholds, batch_size)

    def _tag_documents(
        self, documents: List[Document], thresholds: Dict[str, float], batch_size: Optional[int]
    ) -> Iterator[List[Entity]]:
        places = [(document, words) for document in documents for words in document.sentences]
        found: Dict[int, List[Entity]] = {id(document): [] for document in documents}
        for start in range(0, len(places), _SENTENCES_AT_ONCE):
            group = places[start : start + _SENTENCES_AT_ONCE]
            tagged = self._sentence_tagger.tag(
                [document.words(words) for document, words in group], batch_size
            )
            for (document, words), sentence in zip(group, tagged):
                entities = [document.entity(words, entity) for entity in sentence.entities]
                # The probability is that which the user sees, rounded.
                found[id(document)] += [
                    entity for entity in entities if entity.probability >= thresholds[entity.type]
                ]
        for document in documents:
            yield found[id(document)]
