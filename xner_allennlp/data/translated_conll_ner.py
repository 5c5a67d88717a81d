"""The dataset reader of Xie et al. (2018): labelled source sentences, translated word by word."""

import logging
from typing import Any, Dict, List, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from xner_allennlp.common.bounds import check_at_least_one, check_lists
from xner_allennlp.data.conll_ner import ConllNerReader
from xner_allennlp.data.languages import LANGUAGES, check_language, side_of
from xner_allennlp.data.sentence_files import Path, Sentence, of_language
from xner_allennlp.data.word_translations import (
    TranslationFiles,
    WordTranslations,
    shared_translations,
)

logger = logging.getLogger(__name__)


@DatasetReader.register("translated_conll_ner")
class TranslatedConllNerReader(ConllNerReader):
    """
    Reads as `conll_ner` does, and translates the sentences of source language files word by word
    into the target language; each word keeps its tag. A tagger trained on them is that of Xie et
    al. (2018), the strongest rival that the same inputs allow. Translated sentences remain those of
    the "source", so that model selection on the (translated) source development set and on the
    target's are told apart; give the model the target's word vectors for both.

    A word becomes its nearest neighbour by CSLS in the common space of the mapping. It stays as it
    is if it has no letter (numbers, punctuation) or no vector. A word without a vector as it is
    written is looked up in lower case; only then the translation takes over its capitals (first
    letter, or all of them), otherwise it is spelled as the target's vectors have it.

    Words of entities whose types are among `copied_types` are copied, as the code of Xie et al.
    does with persons; but between languages of unlike scripts they are translated all the same.

    Nothing random is done. The vector files are opened when a source file is first read, so an
    archive tags target files without them.

    Registered as a `DatasetReader` with name "translated_conll_ner".

    # Parameters

    mapping_file : `Union[str, Dict[str, str]]`, required.
        `mapping.npz` of `allennlp map-embeddings`, of either direction. Of several source
        languages a dictionary gives each one's.
    source_vectors : `Union[str, Dict[str, str]]`, required.
        The source word vectors that it was learned from; a dictionary gives each language's.
    target_vectors : `str`, required.
        The target's.
    max_words : `int`, optional (default = `200000`)
        How many words of each language, the first of the file (the most frequent), are translated
        and translated into; the time that CSLS needs grows with its square. `None`: all.
    copied_types : `List[str]`, optional (default = `()`)
        Entity types, e.g. `["PER"]`, whose words are copied instead of translated.
    translated_language : `str`, optional (default = `"source"`)
        Whose sentences the translated ones are. With "target" they are indexed and tagged as target
        sentences, beside source sentences that another reader leaves as they are.
    **kwargs
        Those of `conll_ner`.

    # Raises

    `ConfigurationError` as `conll_ner`, and from `read` if mapping or vectors are missing or do not
    belong together.
    """

    def __init__(
        self,
        mapping_file: Union[str, Dict[str, str]],
        source_vectors: Union[str, Dict[str, str]],
        target_vectors: str,
        max_words: Optional[int] = 200_000,
        copied_types: Sequence[str] = (),
        translated_language: str = "source",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if translated_language not in LANGUAGES:
            raise ConfigurationError(
                f"translated_language is '{translated_language}'; choose one of "
                f"{', '.join(LANGUAGES)}"
            )
        self.translated_language = translated_language
        check_at_least_one(max_words=max_words)
        check_lists(copied_types=copied_types)
        self._copied_types = frozenset(copied_types)
        for by_language in (mapping_file, source_vectors):
            for language in by_language if isinstance(by_language, dict) else ():
                check_language(language)
        self._mapping_file = mapping_file
        self._source_vectors = source_vectors
        self._target_vectors = target_vectors
        self._max_words = max_words
        # By language, kept as long as this reader lives.
        self._translations: Dict[str, WordTranslations] = {}

    def _read_file(self, path: Path, language: str, require_tags: bool) -> List[Sentence]:
        sentences = super()._read_file(path, language, require_tags)
        if side_of(language) == "target":
            return sentences
        files = TranslationFiles(
            of_language(self._mapping_file, language),
            of_language(self._source_vectors, language),
            self._target_vectors,
            self._max_words,
        )
        if language not in self._translations:
            self._translations[language] = shared_translations(files)
        translations = self._translations[language]
        words = [[str(token) for token in sentence.tokens] for sentence in sentences]
        copied = self._copied(sentences, path, translations, files)
        translations.learn(
            word
            for of_sentence in zip(words, copied)
            for word, is_copied in zip(*of_sentence)
            if not is_copied
        )
        translated = [
            [word if is_copied else translations[word] for word, is_copied in zip(*of_sentence)]
            for of_sentence in zip(words, copied)
        ]
        if words == translated:
            logger.warning(
                "%s: not one word became another by translation: are %s the word vectors of this "
                "language?",
                path,
                files.source_vectors,
            )
        logger.info("%s: %s", path, _describe(words, translated, copied, translations))
        return [
            # The text of the source sentence does not have these words.
            sentence._replace(
                tokens=tokens,
                language="target" if self.translated_language == "target" else language,
                text=None,
            )
            for sentence, tokens in zip(sentences, translated)
        ]

    def _copied(
        self,
        sentences: List[Sentence],
        path: Path,
        translations: WordTranslations,
        files: TranslationFiles,
    ) -> List[List[bool]]:
        """Of each word whether it is copied."""
        copied_types = self._copied_types
        known = {tag[2:] for sentence in sentences for tag in sentence.tags or () if tag != "O"}
        unknown = copied_types - known
        if known and unknown:
            logger.warning(
                "%s: copied_types has %s, but the types in this file are %s",
                path,
                ", ".join(sorted(unknown)),
                ", ".join(sorted(known)),
            )
        source, target = translations.scripts
        if copied_types and source != target:
            logger.warning(
                "%s: words of %s are translated, too, and not copied: the words of %s are %s, "
                "those of %s %s",
                path,
                ", ".join(sorted(copied_types)),
                files.source_vectors,
                source,
                files.target_vectors,
                target,
            )
            copied_types = frozenset()
        return [
            [tag[2:] in copied_types for tag in sentence.tags or ["O"] * len(sentence.tokens)]
            for sentence in sentences
        ]


def _describe(
    words: List[List[str]],
    translated: List[List[str]],
    copied: List[List[bool]],
    translations: WordTranslations,
) -> str:
    flat = [of_word for sentence in zip(words, translated, copied) for of_word in zip(*sentence)]
    changed = sum(word != translation for word, translation, _ in flat)
    unknown = sum(translations.unknown[word] for word, _, is_copied in flat if not is_copied)
    number_copied = sum(is_copied for _, _, is_copied in flat)
    return (
        f"{changed} of {len(flat)} words became other words by translation; {unknown} have no "
        "vector and stay" + (f"; {number_copied} are copied" if number_copied else "")
    )
