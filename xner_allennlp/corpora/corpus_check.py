"""Checking all files of some languages, what their splits share, and their vectors."""

import os
from dataclasses import asdict
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.coverage import coverage
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.file_check import FileCheck, check_file
from xner_allennlp.corpora.findings import ERROR, SEVERITIES, WARNING, Finding, counted
from xner_allennlp.corpora.formats import ENTITY_TYPES

_SHORT = 5
"""Shorter sentences may be equal by chance ("Lees verder .")."""


class LanguageCheck(NamedTuple):
    """The checks of one language's files ("" if the language is not known)."""

    language: str
    files: List[FileCheck]
    vectors: Dict[str, Any]
    findings: List[Finding]

    @property
    def all_findings(self) -> List[Finding]:
        return [finding for file in self.files for finding in file.findings] + self.findings

    def to_json(self) -> Dict[str, Any]:
        return {
            "language": self.language,
            "files": [file.to_json() for file in self.files],
            "vectors": self.vectors or None,
            "findings": [asdict(finding) for finding in self.findings],
        }


class CorporaCheck(NamedTuple):
    """The checks of all languages."""

    languages: List[LanguageCheck]

    @property
    def counts(self) -> Dict[str, int]:
        """Number of findings by severity."""
        found = [finding.severity for one in self.languages for finding in one.all_findings]
        return {severity: found.count(severity) for severity in SEVERITIES}

    @property
    def is_usable(self) -> bool:
        return not self.counts[ERROR]

    def to_json(self) -> Dict[str, Any]:
        return {
            "usable": self.is_usable,
            "counts": self.counts,
            "languages": [language.to_json() for language in self.languages],
        }


def check_corpora(files: Sequence[CorpusFile], vectors: Mapping[str, str]) -> CorporaCheck:
    """
    # Parameters

    files : `Sequence[CorpusFile]`
    vectors : `Mapping[str, str]`
        A file of word vectors by language ("" for files whose language is not known).
    """
    languages = [
        _check_language(
            language,
            [check_file(file) for file in files if (file.language or "") == language],
            vectors.get(language),
        )
        for language in dict.fromkeys(file.language or "" for file in files)
    ]
    _compare_dev_sets(languages)
    return _compare_types(languages)


def _compare_dev_sets(languages: List[LanguageCheck]) -> None:
    """Finds that all languages lack the development set that one of them, the source, must have."""
    dev_sets = [file for one in languages for file in one.files if file.file.split == "testa"]
    if len(languages) > 1 and dev_sets and all(file.is_left_out for file in dev_sets):
        message = (
            "no language has a development set, and training chooses its epoch on the source's"
        )
        remedy = "Give the source language one: part of its training file, if there is no other."
        languages[0].findings.append(Finding(ERROR, "no_development_set", message, remedy))


def _compare_types(languages: List[LanguageCheck]) -> CorporaCheck:
    """Finds types beside the four that not every language has: what learns them is scored wrong."""
    types = {
        language.language: {name for file in language.files for name in file.entities}
        for language in languages
        if any(file.entities for file in language.files)
    }
    everywhere = set.intersection(*types.values()) if types else set()
    for language in languages:
        own = types.get(language.language, set()) - everywhere - set(ENTITY_TYPES)
        if own and len(types) > 1:
            message = f"types that not all languages have: {', '.join(sorted(own))}"
            first = min(own)
            remedy = (
                "Rename them, or make them no entities, in this language: the reader's type_map, "
                f"or xner-data convert IN OUT --map {first}=O ({first}=MISC)."
            )
            language.findings.append(Finding(ERROR, "types_differ", message, remedy, len(own)))
    return CorporaCheck(languages)


def _check_language(language: str, files: List[FileCheck], vectors: Optional[str]) -> LanguageCheck:
    findings = list(_overlaps(files))
    result: Dict[str, Any] = {}
    sentences = [(s.tokens, s.tags) for file in files for s in file.sentences]
    if vectors is not None and not os.path.isfile(vectors):
        remedy = "Get them (xner-data sources), or say --no-vectors to check the corpora alone."
        plain, ending = os.path.splitext(vectors)
        if ending == ".gz" and os.path.isfile(plain):
            remedy = f"The configs read no {plain}: gzip it."
        findings.append(Finding(ERROR, "no_vectors", f"there are no vectors {vectors}", remedy))
    elif vectors is not None and sentences:
        try:
            result, found = coverage(sentences, vectors)
            findings += found
        except (ConfigurationError, OSError) as error:
            findings.append(Finding(ERROR, "vectors", str(error)))
    return LanguageCheck(language, files, result, findings)


def _overlaps(files: List[FileCheck]) -> Iterator[Finding]:
    """Sentences that two of the splits have in common."""
    splits = [file for file in files if file.file.split is not None]
    longer = [_longer_sentences(file) for file in splits]
    for second in range(len(splits)):
        for first in range(second):
            if splits[first].file.split == splits[second].file.split:
                continue
            common = frozenset(longer[first]) & frozenset(longer[second])
            count = sum(sentence in common for sentence in longer[second])
            if count:
                names = (splits[first].file.split, splits[second].file.split)
                share = count / len(longer[second])
                message = (
                    f"{counted(count, 'sentence')} of {names[1]} ({share:.1%} of those of {_SHORT} "
                    f"words or more) also in {names[0]}"
                )
                remedy = "Remove them from one of both, or say so beside the scores."
                yield Finding(WARNING, "overlap", message, remedy, count)


def _longer_sentences(file: FileCheck) -> List[Tuple[str, ...]]:
    return [tuple(s.tokens) for s in file.sentences if len(s.tokens) >= _SHORT]
