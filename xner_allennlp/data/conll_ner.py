"""The dataset reader of labelled and raw text in several languages."""

import copy
import itertools
import unicodedata
from os import PathLike
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Field, Instance, Token, TokenIndexer, Tokenizer
from allennlp.data.fields import MetadataField, TextField
from allennlp.data.token_indexers import TokenCharactersIndexer

from xner_allennlp.data.column_roles import Column
from xner_allennlp.data.languages import check_language, language_of_key
from xner_allennlp.data.sentence_files import Path, Sentence, SentenceFiles
from xner_allennlp.data.single_id_case_fallback import SingleIdCaseFallbackIndexer
from xner_allennlp.data.tag_field import TagField
from xner_allennlp.data.token_offsets import token_offsets
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.spans import TAG_SCHEMES, convert_tags
from xner_allennlp.text.word_offsets import spaced_offsets

NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@DatasetReader.register("conll_ner")
class ConllNerReader(DatasetReader):
    """
    Reads sentences of source and target languages, with or without tags.

    What is read is a path, whose sentences are of `language`, or a dictionary
    `{"source": path, "target": path}`, whose sentences alternate. Several source languages are
    called "source_" and a name each, `{"source_en": path, "source_es": path, "target": path}`;
    each has words, and options, of its own. Files are CoNLL files (see
    `ConllOptions` for what they may contain; a file of one column is untagged) or raw text. Tags of
    every scheme, ill-formed ones too, are read by conlleval's rules and converted to `tag_scheme`.
    Each file's sentences, tokens, entities, repairs and dropped sentences are logged.

    Instances have the fields

    * `tokens` (`TextField`), indexed by `token_indexers`;
    * `metadata` (`MetadataField`): `words`, `language`, `sentence` (the text) and `offsets`, the
      `(start, end)` of each word in it, in characters, end exclusive; `renamed`, if entities are;
    * `tags` (`TagField`, a `SequenceLabelField`; namespace `labels`), if there are tags.

    Registered as a `DatasetReader` with name "conll_ner".

    # Parameters

    language : `str`, optional (default = `"source"`)
        The language, e.g. "source" or "target", of what is read from a single path.
    tag_scheme : `str`, optional (default = `"BIOUL"`)
        What tags are converted to: "BIOUL" (the paper's IOBES) or "BIO" (IOB2; the paper uses it
        for Arabic).
    input_scheme : `str`, optional (default = `"auto"`)
        "auto" reads every scheme, "IOB" refuses BIOUL and IOBES, "IO" reads types without prefixes.
    entity_types : `Sequence[str]`, optional (default = `None`)
        If given, tags of other types are an error that names the line.
    type_map : `Dict[str, str]`, optional (default = `None`)
        New names of types, or "O" for no entity; also patterns like `"*deriv"`. It is logged, and
        the model's metrics count what it renamed.
    untagged_languages : `List[str]`, optional (default = `()`)
        Languages of whose files only the token column is read, whatever else they contain: the
        target language of zero-resource training.
    raw_text_languages : `List[str]`, optional (default = `()`)
        Languages whose files have a raw sentence on each line, to be split by `tokenizer`.
    require_tags : `bool`, optional (default = `False`)
        Whether a file without tags of a language that is neither in `untagged_languages` nor in
        `raw_text_languages` is an error. It always is if a dictionary is read.
    tags_in_vocabulary : `bool`, optional (default = `True`)
        Whether tags count when the vocabulary is made. `False` for validation and test files: then
        labels and their order follow from the training data alone, not from the target's tags.
    max_length : `int`, optional (default = `None`)
        Tagged sentences of more words are dropped, and counted in a warning. The paper's 250 is
        for training only: in validation, long sentences would not be scored.
    docstart, separator, blank_tokens : `str`, optional
        See `ConllOptions`.
    token_column, tag_column : `Union[int, str, Dict[str, ...]]`, optional (default = `"auto"`)
        See `ConllOptions`. A dictionary gives each language's.
    encoding : `Union[str, Dict[str, str]]`, optional (default = `"utf-8"`)
        A dictionary gives each language's.
    normalization : `str`, optional (default = `None`)
        The Unicode normal form, one of `NORMAL_FORMS`, in which the model sees words; `metadata`
        keeps them and offsets. Vectors need no option: words are looked up in NFC and NFD.
    tokenizer : `Tokenizer`, optional (default = `UnicodeWordsTokenizer()`)
        Splits raw text, that of `raw_text_languages` and that given to a predictor.
    token_indexers : `Dict[str, TokenIndexer]`, optional
        By default a "single_id_case_fallback" for the `<language>_tokens` of each language, e.g.
        `source_tokens`, in the namespace of that name, and a "characters" in the shared namespace
        `characters`: what `cross_lingual_crf_tagger` needs. Sentences of one language are not
        indexed by another's `<language>_tokens`, but by all else, so a model with one embedder for
        all takes `{"tokens": {...}}` as from any reader.

    # Raises

    `ConfigurationError`
        From the constructor, for options that contradict or do not exist. From `read`, naming file
        and line, for all that is wrong with a file. Files are opened by `read` only.
    """

    def __init__(
        self,
        language: str = "source",
        tag_scheme: str = "BIOUL",
        input_scheme: str = "auto",
        entity_types: Optional[Sequence[str]] = None,
        untagged_languages: Sequence[str] = (),
        raw_text_languages: Sequence[str] = (),
        require_tags: bool = False,
        tags_in_vocabulary: bool = True,
        max_length: Optional[int] = None,
        type_map: Optional[Dict[str, str]] = None,
        docstart: str = "line",
        token_column: Union[Column, Dict[str, Column]] = "auto",
        tag_column: Union[Column, Dict[str, Column]] = "auto",
        separator: str = "auto",
        blank_tokens: str = "keep",
        encoding: Union[str, Dict[str, str]] = "utf-8",
        normalization: Optional[str] = None,
        tokenizer: Optional[Tokenizer] = None,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            manual_distributed_sharding=True, manual_multiprocess_sharding=True, **kwargs
        )
        check_language(language)
        if tag_scheme not in TAG_SCHEMES:
            raise ConfigurationError(
                f"tag_scheme is '{tag_scheme}'; choose one of {', '.join(TAG_SCHEMES)} (IOBES is "
                "called BIOUL here, IOB2 BIO)"
            )
        if normalization is not None and normalization not in NORMAL_FORMS:
            raise ConfigurationError(
                f"normalization is '{normalization}'; choose one of {', '.join(NORMAL_FORMS)}, or "
                "nothing"
            )
        self.language = language
        self.tokenizer = tokenizer or UnicodeWordsTokenizer()
        self._tag_scheme = tag_scheme
        self._sentence_files = SentenceFiles(
            self.tokenizer,
            untagged_languages=untagged_languages,
            raw_text_languages=raw_text_languages,
            max_length=max_length,
            token_column=token_column,
            tag_column=tag_column,
            encoding=encoding,
            input_scheme=input_scheme,
            entity_types=entity_types,
            type_map=type_map,
            separator=separator,
            blank_tokens=blank_tokens,
            docstart=docstart,
        )
        self._require_tags = require_tags
        self._tags_in_vocabulary = tags_in_vocabulary
        self.normalization = normalization
        self._splits_between_processes = True
        self._token_indexers = token_indexers
        # Language -> what its sentences are indexed by, found when there is one.
        self._indexers_of: Dict[str, Dict[str, TokenIndexer]] = {}

    def for_prediction(self, language: str) -> "ConllNerReader":
        """
        A copy of this reader for files of `language` that are to be tagged: it looks at no tags
        and drops no sentence.
        """
        check_language(language)
        reader = copy.copy(self)
        reader.language = language
        reader._sentence_files = self._sentence_files.for_prediction()
        return reader

    def for_scoring(self, language: str) -> "ConllNerReader":
        """
        A copy of this reader for labelled files of `language`: it looks at their tags, also where
        in training the files of that language have none to look at.
        """
        check_language(language)
        reader = copy.copy(self)
        reader.language = language
        reader._sentence_files = self._sentence_files.for_scoring()
        return reader

    def for_every_process(self) -> "ConllNerReader":
        """A copy of this reader that in distributed training gives each process all sentences."""
        reader = copy.copy(self)
        reader._splits_between_processes = False
        return reader

    def _read(self, file_path: Union[Path, Mapping[str, Path]]) -> Iterable[Instance]:
        if isinstance(file_path, (str, PathLike)):
            corpora = [self._read_file(file_path, self.language, self._require_tags)]
        else:
            if not isinstance(file_path, Mapping) or not file_path:
                raise ConfigurationError(
                    "conll_ner reads a path or a dictionary with a path for each language, e.g. "
                    f"'source' and 'target', not {file_path!r}"
                )
            for language in file_path:
                check_language(language)
            # All files are parsed before the first instance is made, so that what is wrong with
            # the second one is known at once.
            corpora = [
                self._read_file(file_path[language], language, True)
                for language in sorted(file_path)
            ]
        # All languages are sharded alike and alternate, so that every process, and whoever asks
        # for `max_instances`, has sentences of all.
        split = self.shard_iterable if self._splits_between_processes else iter
        shards = [split(corpus) for corpus in corpora]
        for sentences in itertools.zip_longest(*shards):
            for sentence in sentences:
                if sentence is not None:
                    yield self.text_to_instance(
                        sentence.tokens,
                        sentence.tags,
                        sentence.language,
                        sentence.text,
                        origin=sentence.origin,
                        renamed=sentence.renamed,
                    )

    def _read_file(self, path: Path, language: str, require_tags: bool) -> List[Sentence]:
        return self._sentence_files.read(path, language, require_tags)

    def text_to_instance(
        self,
        tokens: Sequence[Union[str, Token]],
        tags: Optional[Sequence[str]] = None,
        language: Optional[str] = None,
        sentence: Optional[str] = None,
        offsets: Optional[Sequence[Tuple[int, int]]] = None,
        origin: Optional[str] = None,
        renamed: Optional[Mapping[str, int]] = None,
    ) -> Instance:
        """
        # Parameters

        tokens : `Sequence[Union[str, Token]]`
            The words of a sentence, at least one.
        tags : `Sequence[str]`, optional (default = `None`)
            Their tags, of any scheme; they are converted to the reader's `tag_scheme`.
        language : `str`, optional (default = the reader's)
            E.g. "source" or "target".
        sentence : `str`, optional (default = the words with spaces between)
            The text that the words come from.
        offsets : `Sequence[Tuple[int, int]]`, optional
            Where each word starts and ends in `sentence`; if left out, it is asked of the tokens
            (`idx`, `idx_end`), else the words are searched in `sentence` from left to right.
        origin : `str`, optional (default = `None`)
            The file and line that errors are to name.
        renamed : `Mapping[str, int]`, optional
            How many entities the type map has renamed, by "OLD -> NEW"; it goes into `metadata`.

        Raises `ConfigurationError` when there is no word or an empty one, the numbers of words,
        tags and offsets differ, or a word is not in `sentence`.
        """
        language = language or self.language
        check_language(language)
        words = [token.ensure_text() if isinstance(token, Token) else token for token in tokens]
        if not words or not all(words):
            raise ConfigurationError(f"a sentence without words, or with an empty word: {words}")
        if sentence is None:
            sentence, offsets = " ".join(words), spaced_offsets(words)
            word_tokens = [Token(word) for word in words]
        else:
            word_tokens = [token if isinstance(token, Token) else Token(token) for token in tokens]
            offsets = token_offsets(word_tokens, sentence) if offsets is None else offsets
        for name, values in (("tags", tags), ("offsets", offsets)):
            if values is not None and len(values) != len(words):
                raise ConfigurationError(f"{len(words)} words but {len(values)} {name}: {words}")

        if self.normalization is not None:
            form: Any = self.normalization  # one of `NORMAL_FORMS`
            word_tokens = [Token(unicodedata.normalize(form, word)) for word in words]
        text_field = TextField(word_tokens)
        fields: Dict[str, Field] = {
            "tokens": text_field,
            "metadata": MetadataField(
                {
                    "words": words,
                    "language": language,
                    "sentence": sentence,
                    "offsets": [(start, end) for start, end in offsets],
                    **({"renamed": dict(renamed)} if renamed else {}),
                }
            ),
        }
        if tags is not None:
            try:
                converted = convert_tags(tags, self._tag_scheme)
            except ValueError as error:
                raise ConfigurationError(f"{error}, in {list(tags)}") from None
            fields["tags"] = TagField(
                converted,
                text_field,
                self._tag_scheme,
                label_namespace="labels",
                origin=origin,
                in_vocabulary=self._tags_in_vocabulary,
            )
        return Instance(fields)

    def indexers_of(self, language: str) -> Dict[str, TokenIndexer]:
        """The token indexers of the sentences of a language."""
        if language not in self._indexers_of:
            self._indexers_of[language] = self._choose_indexers(language)
        return self._indexers_of[language]

    def _choose_indexers(self, language: str) -> Dict[str, TokenIndexer]:
        own_key = f"{language}_tokens"
        if self._token_indexers is None:
            return {
                own_key: SingleIdCaseFallbackIndexer(namespace=own_key),
                "characters": TokenCharactersIndexer(namespace="characters", min_padding_length=1),
            }
        return {
            key: indexer
            for key, indexer in self._token_indexers.items()
            if key == own_key or language_of_key(key) is None
        }

    def apply_token_indexers(self, instance: Instance) -> None:
        language = instance["metadata"]["language"]
        indexers = self.indexers_of(language)
        if not indexers:
            raise ConfigurationError(
                f"conll_ner has no token indexer for sentences of the {language} language: give "
                f'"{language}_tokens", or one under another name for all languages'
            )
        instance["tokens"].token_indexers = indexers
