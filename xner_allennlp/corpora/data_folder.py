"""The language and split of corpus files, by their names and by the layout of the data folder."""

import os
from typing import Dict, List, NamedTuple, Optional, Sequence

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.corpus_names import SPLITS, language_and_split


class CorpusFile(NamedTuple):
    """
    A file, the `language` it is of, its `split`: train, testa (dev) or testb (test), and whether
    there is use for a language without it (`is_optional`).
    """

    path: str
    language: Optional[str] = None
    split: Optional[str] = None
    is_optional: bool = False


class Layout(NamedTuple):
    """
    The files that a folder should have, whether they exist or not. All but the training files are
    optional: without labels a target has no others. `vectors` is empty without a folder of vectors.
    """

    corpora: List[CorpusFile]
    vectors: Dict[str, str]


def corpora_of_folder(folder: str, languages: Optional[Sequence[str]] = None) -> Layout:
    """
    # Parameters

    folder : `str`
        Laid out as `ner/<language>/<language>.{train,testa,testb}`, `vectors/<language>.vec.gz`;
        or the folder `ner` itself.
    languages : `Sequence[str]`, optional
        By default all that are there.

    # Raises

    `ConfigurationError`
        If there is no language in the folder.
    """
    inner = os.path.join(folder, "ner")
    ner = inner if os.path.isdir(inner) else folder
    if languages is None:
        languages = sorted(
            name
            for name in os.listdir(ner)
            if any(os.path.isfile(os.path.join(ner, name, f"{name}.{split}")) for split in SPLITS)
        )
    if not languages:
        raise ConfigurationError(
            f"{folder}: no corpus in it. Lay it out as ner/<language>/<language>.train, .testa and "
            ".testb (e.g. ner/en/en.train), or name the files themselves."
        )
    files = [
        CorpusFile(
            os.path.join(ner, language, f"{language}.{split}"), language, split, split != "train"
        )
        for language in languages
        for split in SPLITS
    ]
    beside = os.path.normpath(os.path.join(ner, os.pardir, "vectors"))
    with_vectors = languages if os.path.isdir(beside) else ()
    return Layout(
        files, {language: os.path.join(beside, f"{language}.vec.gz") for language in with_vectors}
    )


def corpus_of_name(path: str, language: Optional[str] = None) -> CorpusFile:
    """Language and split by a file's name; a `language` that is given takes precedence."""
    named, split = language_and_split(path)
    return CorpusFile(path, named if language is None else language, split)
