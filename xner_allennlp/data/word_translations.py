"""The translation of single words into the other language of a mapping."""

import unicodedata
from collections import Counter
from typing import Dict, Iterable, NamedTuple, Optional, Sequence
from weakref import WeakValueDictionary

from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.translator import Translator
from xner_allennlp.vectors import read_word_vectors

# Words, the most frequent ones, that tell in which script a language is written.
_WORDS_OF_SCRIPT = 2000


class TranslationFiles(NamedTuple):
    """
    What words are translated by: the paths of a mapping and of both languages' word vectors, and
    how many words of each, the first ones, are used; `None` for all.
    """

    mapping: str
    source_vectors: str
    target_vectors: str
    max_words: Optional[int]


class WordTranslations:
    """
    Translates words, each of them once, by CSLS in the common space of a mapping. A word stays as
    it is if it has no letter or no vector. One that has a vector in lower case only gives its
    capitals to its translation.

    # Parameters

    files : `TranslationFiles`

    # Raises

    `ConfigurationError`
        If mapping or vectors are missing or do not belong together.
    """

    def __init__(self, files: TranslationFiles) -> None:
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
        # Of each word that was learned whether it has letters, but no vector.
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
        """The translation of a word that was learned."""
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


_SHARED: "WeakValueDictionary[TranslationFiles, WordTranslations]" = WeakValueDictionary()


def shared_translations(files: TranslationFiles) -> WordTranslations:
    """One for the readers of training and of validation data, as long as one of them keeps it."""
    translations = _SHARED.get(files) or WordTranslations(files)
    _SHARED[files] = translations
    return translations


def _script(words: Sequence[str]) -> str:
    """In which script most letters of the first words are, by their Unicode names."""
    letters = Counter(
        letter for word in words[:_WORDS_OF_SCRIPT] for letter in word if letter.isalpha()
    )
    scripts: Dict[str, int] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "unknown").split(" ")[0]] += count
    return max(scripts, key=lambda script: scripts[script], default="unknown")
