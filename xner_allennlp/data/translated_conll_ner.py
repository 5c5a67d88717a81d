"""The dataset reader of Xie et al. (2018): labelled source sentences, translated word by word."""

import logging
import unicodedata
from collections import Counter
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Union
from weakref import WeakValueDictionary

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data.conll_ner import ConllNerReader
from xner_allennlp.data.languages import LANGUAGES, check_language, side_of
from xner_allennlp.data.sentence_files import Path, Sentence, of_language
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.translator import Translator
from xner_allennlp.vectors import read_word_vectors

logger = logging.getLogger(__name__)

# Words, the most frequent ones, that tell in which script a language is written.
_WORDS_OF_SCRIPT = 2000


class _Files(NamedTuple):
    """What a dictionary is made of."""

    mapping: str
    source_vectors: str
    target_vectors: str
    max_words: Optional[int]


class _Dictionary:
    """Translates words, each of them once."""

    def __init__(self, files: _Files) -> None:
        mapping = Mapping.load(files.mapping)
        vectors = []
        for language, path in (("source", files.source_vectors), ("target", files.target_vectors)):
            vectors.append(read_word_vectors(path, max_words=files.max_words))
            mapping.check_vectors(vectors[-1].fingerprint, language, path)
        self._translator = Translator.of_mapping(mapping, *vectors)
        self._as_written = set(self._translator.words("source"))
        # In which script each language is written, e.g. "LATIN".
        self.scripts = [_script(self._translator.words(each)) for each in ("source", "target")]
        # A word that is kept as it is stands for itself.
        self._translations: Dict[str, str] = {}
        self.unknown: Dict[str, bool] = {}

    def learn(self, words: Iterable[str]) -> None:
        """Looks up the `words` that are new."""
        new = sorted(set(words) - self._translations.keys())
        letters = [word for word in new if any(character.isalpha() for character in word)]
        found = dict(zip(letters, self._translator.translate(letters, k=1))) if letters else {}
        for word in new:
            best = found.get(word)
            self.unknown[word] = word in found and not best
            self._translations[word] = self._spell(word, best[0].word) if best else word

    def __getitem__(self, word: str) -> str:
        return self._translations[word]

    def _spell(self, word: str, translation: str) -> str:
        if word in self._as_written:
            return translation
        # Found in lower case only, so the translation tells nothing of the capitals.
        if len(word) > 1 and word.isupper():
            return translation.upper()
        if word[0].isupper():
            return translation[0].upper() + translation[1:]
        return translation


# Readers of training and validation data share one, as long as one of them lives.
_DICTIONARIES: "WeakValueDictionary[_Files, _Dictionary]" = WeakValueDictionary()


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
        self._copied_types = frozenset(copied_types)
        for by_language in (mapping_file, source_vectors):
            for language in by_language if isinstance(by_language, dict) else ():
                check_language(language)
        self._mapping_file = mapping_file
        self._source_vectors = source_vectors
        self._target_vectors = target_vectors
        self._max_words = max_words
        # Language -> its dictionary.
        self._dictionaries: Dict[str, _Dictionary] = {}

    def _read_file(self, path: Path, language: str, require_tags: bool) -> List[Sentence]:
        sentences = super()._read_file(path, language, require_tags)
        if side_of(language) == "target":
            return sentences
        files = _Files(
            of_language(self._mapping_file, language),
            of_language(self._source_vectors, language),
            self._target_vectors,
            self._max_words,
        )
        dictionary = self._load_dictionary(language, files)
        words = [[str(token) for token in sentence.tokens] for sentence in sentences]
        copied = self._copied(sentences, path, dictionary, files)
        dictionary.learn(
            word
            for of_sentence in zip(words, copied)
            for word, is_copied in zip(*of_sentence)
            if not is_copied
        )
        translated = [
            [word if is_copied else dictionary[word] for word, is_copied in zip(*of_sentence)]
            for of_sentence in zip(words, copied)
        ]
        if words == translated:
            logger.warning(
                "%s: not one word became another by translation: are %s the word vectors of this "
                "language?",
                path,
                files.source_vectors,
            )
        logger.info("%s: %s", path, _describe(words, translated, copied, dictionary))
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
        self, sentences: List[Sentence], path: Path, dictionary: _Dictionary, files: _Files
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
        source, target = dictionary.scripts
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

    def _load_dictionary(self, language: str, files: _Files) -> _Dictionary:
        if language not in self._dictionaries:
            dictionary = _DICTIONARIES.get(files) or _Dictionary(files)
            self._dictionaries[language] = _DICTIONARIES[files] = dictionary
        return self._dictionaries[language]


def _script(words: Sequence[str]) -> str:
    """In which script most letters of the first words are, by their Unicode names."""
    letters = Counter(
        letter for word in words[:_WORDS_OF_SCRIPT] for letter in word if letter.isalpha()
    )
    scripts: Dict[str, int] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "unknown").split(" ")[0]] += count
    return max(scripts, key=lambda script: scripts[script], default="unknown")


def _describe(
    words: List[List[str]],
    translated: List[List[str]],
    copied: List[List[bool]],
    dictionary: _Dictionary,
) -> str:
    flat = [of_word for sentence in zip(words, translated, copied) for of_word in zip(*sentence)]
    changed = sum(word != translation for word, translation, _ in flat)
    unknown = sum(dictionary.unknown[word] for word, _, is_copied in flat if not is_copied)
    number_copied = sum(is_copied for _, _, is_copied in flat)
    return (
        f"{changed} of {len(flat)} words became other words by translation; {unknown} have no "
        "vector and stay" + (f"; {number_copied} are copied" if number_copied else "")
    )
