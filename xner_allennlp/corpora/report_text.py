"""The report of a check as text."""

import textwrap
from typing import Iterator, List, Set

from xner_allennlp.corpora.corpus_check import CorporaCheck, LanguageCheck
from xner_allennlp.corpora.file_check import FileCheck
from xner_allennlp.corpora.findings import ERROR, Finding, counted

_WIDTH = 100


def report_lines(check: CorporaCheck) -> Iterator[str]:
    """Each language's files with their findings, then the verdict."""
    for language in check.languages:
        yield from _language_lines(language)
    files = counted(sum(len(language.files) for language in check.languages), "file")
    counts = ", ".join(counted(count, severity) for severity, count in check.counts.items())
    verdict = "usable" if check.is_usable else "not usable before the errors are mended"
    yield f"{files}, {counts}: {verdict}"


def _language_lines(language: LanguageCheck) -> Iterator[str]:
    yield language.language or "(language not named)"
    told: Set[str] = set()  # the remedies
    for file in language.files:
        yield from _file_lines(file, told)
    vectors = language.vectors
    if vectors:
        yield f"  {vectors['path']}: {vectors['words']} words, {vectors['dim']} dimensions"
        share = vectors["entity_tokens"]
        if share is not None:
            types = ", ".join(f"{name} {part:.1%}" for name, part in vectors["types"].items())
            yield f"    tokens in entities that have a vector: {share:.1%} ({types})"
        yield (
            f"    tokens that have a vector: {vectors['tokens']:.1%} "
            f"({vectors['in_lower_case']:.1%} only in lower case)"
        )
        if vectors["missing"]:
            yield f"    most frequent in entities without one: {' '.join(vectors['missing'])}"
    yield from _finding_lines(language.findings, "  ", told)
    yield ""


def _file_lines(check: FileCheck, told: Set[str]) -> Iterator[str]:
    yield f"  {check.file.path}"
    if check.sentences:
        yield (
            f"    {counted(len(check.sentences), 'sentence')}{_beside_table_1(check)}, "
            f"{check.tokens} tokens, {check.columns} columns, {check.scheme or 'no tags'}, "
            f"{check.encoding}"
        )
    if check.entities:
        types = ", ".join(f"{name} {count}" for name, count in check.entities.items())
        yield f"    {counted(sum(check.entities.values()), 'entity', 'entities')}: {types}"
    yield from _finding_lines(check.findings, "    ", told)


def _beside_table_1(check: FileCheck) -> str:
    paper, found = check.paper_sentences, len(check.sentences)
    if paper is None:
        return ""
    if paper == found:
        return " (as in Table 1)"
    if paper == found - check.glued_sentences:
        return f" (without the glued ones {paper}, as in Table 1)"
    return f" (Table 1: {paper})"


def _finding_lines(findings: List[Finding], indent: str, told: Set[str]) -> Iterator[str]:
    for finding in sorted(findings, key=lambda finding: finding.severity != ERROR):
        where = f"line {finding.line}: " if finding.line else ""
        yield from wrapped(f"{finding.severity}: {where}{finding.message}", indent)
        if finding.remedy and finding.remedy not in told:
            told.add(finding.remedy)
            yield from wrapped(finding.remedy, indent + "  -> ")


def wrapped(text: str, indent: str, hanging: int = 2) -> List[str]:
    """Lines of at most 100 characters: `indent` begins the first, `hanging` more spaces others."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * (len(indent) + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
