"""Reading files of labelled and raw sentences of source and target languages."""

import copy
import logging
from os import PathLike
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import Token, Tokenizer

from xner_allennlp.common.bounds import check_at_least_one, check_lists
from xner_allennlp.common.text_file import read_text_file
from xner_allennlp.data.column_roles import Column
from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.data.conll_log import describe_repairs, describe_tags, without_long_sentences
from xner_allennlp.data.languages import check_language

logger = logging.getLogger(__name__)

Path = Union[str, "PathLike[str]"]


class Sentence(NamedTuple):
    """
    # Parameters

    tokens : `Sequence[Union[str, Token]]`
    tags : `List[str]`, optional
        As the file has them, but for repairs and new names of types.
    language : `str`
    text : `str`, optional
        What the tokens come from, if they do.
    origin : `str`, optional
        File and line, for errors.
    renamed : `Mapping[str, int]`
        How many entities got another type, by "OLD -> NEW".
    """

    tokens: Sequence[Union[str, Token]]
    tags: Optional[List[str]]
    language: str
    text: Optional[str]
    origin: Optional[str] = None
    renamed: Mapping[str, int] = {}


class SentenceFiles:
    """
    Reads files, and logs what is in them. See `ConllNerReader` for the parameters.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        untagged_languages: Sequence[str] = (),
        raw_text_languages: Sequence[str] = (),
        max_length: Optional[int] = None,
        token_column: Union[Column, Dict[str, Column]] = "auto",
        tag_column: Union[Column, Dict[str, Column]] = "auto",
        encoding: Union[str, Dict[str, str]] = "utf-8",
        entity_types: Optional[Sequence[str]] = None,
        **options: Any,
    ) -> None:
        check_lists(
            untagged_languages=untagged_languages,
            raw_text_languages=raw_text_languages,
            entity_types=entity_types,
        )
        by_language = (token_column, tag_column, encoding)
        for names in (untagged_languages, raw_text_languages, *by_language):
            for name in () if isinstance(names, (str, int)) else names:
                check_language(name)
        check_at_least_one(max_length=max_length)
        self._tokenizer = tokenizer
        self._untagged_languages = set(untagged_languages)
        self._raw_text_languages = set(raw_text_languages)
        self._max_length = max_length
        self._token_column = token_column
        self._tag_column = tag_column
        self._encoding = encoding
        self._options = {**options, "entity_types": entity_types}
        self._looks_at_tags = True

    def for_prediction(self) -> "SentenceFiles":
        """A copy that looks at no tags and drops no sentence and no token."""
        files = copy.copy(self)
        files._looks_at_tags = False  # So `max_length` does not apply.
        files._options = {**self._options, "docstart": "line", "blank_tokens": "keep"}
        return files

    def for_scoring(self) -> "SentenceFiles":
        """A copy that looks at the tags of every language."""
        files = copy.copy(self)
        files._untagged_languages = set()
        files._raw_text_languages = set()
        return files

    def read(self, path: Path, language: str, require_tags: bool) -> List[Sentence]:
        """
        The sentences of a file, at least one.

        Raises `ConfigurationError` naming file and line for all that is wrong with it; if
        `require_tags`, also if it has none although the language is tagged.
        """
        if language in self._raw_text_languages:
            sentences = self._read_raw_text(path, language)
            details: List[str] = []
        else:
            sentences, details = self._read_conll(path, language, require_tags)
        logger.info(
            "%s (%s): %d sentences, %d tokens; %s",
            path,
            language,
            len(sentences),
            sum(len(sentence.tokens) for sentence in sentences),
            "; ".join(details) or "tags not read",
        )
        return sentences

    def _read_raw_text(self, path: Path, language: str) -> List[Sentence]:
        sentences = []
        for _, text in read_text_file(path, encoding=of_language(self._encoding, language)):
            tokens = self._tokenizer.tokenize(text)
            if tokens:
                sentences.append(Sentence(tokens, None, language, text))
        if not sentences:
            raise ConfigurationError(f"{path}: no sentence in this file; give one on each line")
        return sentences

    def _read_conll(
        self, path: Path, language: str, require_tags: bool
    ) -> Tuple[List[Sentence], List[str]]:
        tagged = self._looks_at_tags and language not in self._untagged_languages
        file = read_conll_file(
            path,
            token_column=of_language(self._token_column, language),
            tag_column=of_language(self._tag_column, language) if tagged else None,
            encoding=of_language(self._encoding, language),
            **self._options,
        )
        if tagged and file.scheme is None and require_tags:
            masked = next((note for note in file.notes if "masked" in note), "one column only")
            raise ConfigurationError(
                f"{path}, line {file.sentences[0].line}: {masked}, so there are no tags to train "
                f'on; give a file with tags, or put "{language}" into "untagged_languages"'
            )
        details = describe_repairs(file, path)
        if file.scheme is None:
            return [Sentence(s.words, None, language, None) for s in file.sentences], details
        kept = without_long_sentences(file, path, self._max_length)
        sentences = [
            Sentence(
                s.words, s.tags, language, None, f"{path}, line {s.line} and following", s.renamed
            )
            for s in kept.sentences
        ]
        return sentences, details + [describe_tags(kept)]


def of_language(option: Any, language: str) -> Any:
    """
    What `option` is for `language`, if it is a dictionary by language.

    Raises `ConfigurationError` if it is one, and does not have it.
    """
    if not isinstance(option, dict):
        return option
    if language not in option:
        raise ConfigurationError(f"an option of conll_ner, {option}, says nothing for '{language}'")
    return option[language]
