"""Checking one corpus file: nothing that is wrong with it stops the check."""

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.damaged_tokens import TokenUse, findings_in_tokens, quoted
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.findings import ERROR, NOTE, WARNING, Finding, counted
from xner_allennlp.corpora.formats import ENTITY_TYPES
from xner_allennlp.corpora.paper_sizes import DUTCH_WITH_GLUED_SENTENCES, PAPER_SIZES
from xner_allennlp.corpora.tag_survey import TaggedSentence, survey_tags
from xner_allennlp.data.conll_file import (
    ConllLine,
    LinesOfSentence,
    group_by_sentence,
    read_conll_file,
    split_columns,
)
from xner_allennlp.data.text_file import (
    likely_encoding,
    numbered_lines,
    read_bytes,
    undecodable_line,
)
from xner_allennlp.spans import entity_spans, split_tag

PAPER_MAX_LENGTH = 250
"""The paper drops longer source sentences from training."""

_BOM = b"\xef\xbb\xbf"


class CheckedSentence(NamedTuple):
    """
    The `tokens`; the `tags`, or `None` if one of them is not a tag; the number of the first `line`;
    whether the sentence follows a -DOCSTART- without a blank line.
    """

    tokens: Sequence[str]
    tags: Optional[Sequence[str]]
    line: int
    is_glued: bool


@dataclass
class FileCheck:
    """
    # Parameters

    file : `CorpusFile`
    encoding : `str`
    columns : `int`
        The usual number of columns.
    scheme : `str`, optional
        See `survey_tags`. None without tags.
    sentences : `List[CheckedSentence]`
        All of them, those glued to a -DOCSTART- too.
    entities : `Dict[str, int]`
        By type.
    glued_entities : `int`
        How many entities are in glued sentences.
    findings : `List[Finding]`
    """

    file: CorpusFile
    encoding: str = ""
    columns: int = 0
    scheme: Optional[str] = None
    sentences: List[CheckedSentence] = field(default_factory=list)
    entities: Dict[str, int] = field(default_factory=dict)
    glued_entities: int = 0
    findings: List[Finding] = field(default_factory=list)

    @property
    def glued_sentences(self) -> int:
        return sum(sentence.is_glued for sentence in self.sentences)

    @property
    def tokens(self) -> int:
        return sum(len(sentence.tokens) for sentence in self.sentences)

    @property
    def paper_sentences(self) -> Optional[int]:
        """The paper's number of sentences of this language and split (Table 1)."""
        size = PAPER_SIZES.get(self.file.language or "")
        return None if size is None else size.sentences.get(self.file.split or "")

    def to_json(self) -> Dict[str, Any]:
        return {
            **self.file._asdict(),
            "encoding": self.encoding,
            "columns": self.columns,
            "scheme": self.scheme,
            "sentences": {
                "docstart_line": len(self.sentences),
                "docstart_sentence": len(self.sentences) - self.glued_sentences,
                "paper_table_1": self.paper_sentences,
            },
            "tokens": self.tokens,
            "longest_sentence": max((len(s.tokens) for s in self.sentences), default=0),
            "entities": self.entities,
            "entities_in_glued_sentences": self.glued_entities,
            "findings": [asdict(finding) for finding in self.findings],
        }


def check_file(file: CorpusFile) -> FileCheck:
    """
    Checks a file, possibly compressed. A file without errors can be read by the dataset reader
    `conll_ner` without any option.
    """
    check = FileCheck(file)
    try:
        data = read_bytes(file.path)
    except ConfigurationError as error:
        check.findings.append(Finding(ERROR, "unreadable", str(error)))
        return check
    check.encoding = likely_encoding(data)
    check.findings += _findings_in_bytes(data, check.encoding)
    text = data.decode(check.encoding, "replace")
    lines = [ConllLine(number, split_columns(line)) for number, line in numbered_lines(text)]
    check.findings += _findings_in_blank_lines(lines)
    groups = list(group_by_sentence(lines))
    rows = [row for group in groups for row in group.lines]
    if not rows:
        message = "there is no sentence in this file"
        remedy = "Give a file with one token a line and a blank line after each sentence."
        check.findings.append(Finding(ERROR, "empty", message, remedy))
        return check
    check.columns = Counter(len(row.columns) for row in rows).most_common(1)[0][0]
    check.findings += _findings_in_columns(rows, groups, check.columns)
    check.findings += _findings_in_tags(rows, check)
    check.sentences = [_sentence(group, check) for group in groups]
    check.findings += _findings_in_entities(check)
    check.findings += findings_in_tokens(_token_uses(rows))
    check.findings += _findings_in_lengths(check)
    check.findings += _findings_in_sizes(check)
    if not any(finding.severity == ERROR for finding in check.findings):
        check.findings += _refusal(file.path)
    return check


def _findings_in_bytes(data: bytes, encoding: str) -> Iterator[Finding]:
    if encoding != "utf-8":
        message = f"not UTF-8; the file is likely in {encoding}"
        remedy = (
            "Convert it: xner-data convert, if it is as distributed, else "
            f"iconv -f {encoding} -t utf-8."
        )
        line = undecodable_line(data, "utf-8")
        yield Finding(ERROR, "encoding", message, remedy, line=line)
    elif data.startswith(_BOM):
        message = "a byte order mark at the beginning; the reader drops it, others may not"
        yield Finding(WARNING, "bom", message, "Convert it with dos2unix.")
    if b"\0" in data and encoding != "utf-16":
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        remedy = "Get the file again; this is no text file."
        yield Finding(ERROR, "null_character", "a null character", remedy, data.count(b"\0"), line)
    if b"\r\n" in data:
        count = data.count(b"\r\n")
        message = (
            f"{counted(count, 'line')} with CR LF at the end; others than our reader keep the CR"
        )
        yield Finding(WARNING, "crlf", message, "Convert it with dos2unix.", count)
    inner = re.search(rb"\r+(?![\r\n]|\Z)", data)
    if inner and encoding != "utf-16":
        line = data.count(b"\n", 0, inner.start()) + 1
        remedy = "Convert it with mac2unix, or remove the character."
        yield Finding(ERROR, "carriage_return", "a carriage return in a line", remedy, line=line)


def _findings_in_blank_lines(lines: Sequence[ConllLine]) -> Iterator[Finding]:
    is_blank = [True, *(not line.columns for line in lines)]
    runs = [
        number  # of the second blank line of a run, or of the file's first line
        for number in range(1, len(is_blank))
        if is_blank[number] and is_blank[number - 1] and (number == 1 or not is_blank[number - 2])
    ]
    if runs:
        message = f"blank lines repeated, or at the beginning, in {counted(len(runs), 'place')}"
        remedy = "Nothing: they part no sentences. Other readers may see empty sentences."
        yield Finding(NOTE, "blank_lines", message, remedy, len(runs), runs[0])


def _findings_in_columns(
    rows: List[ConllLine], groups: List[LinesOfSentence], columns: int
) -> Iterator[Finding]:
    name = _distributed_format(rows, groups)
    if name is not None:
        message = f"the file looks like {name} as it is distributed"
        remedy = f"Convert it: xner-data convert {name} IN OUT."
        yield Finding(ERROR, "distributed_format", message, remedy)
    odd = [row for row in rows if len(row.columns) != columns]
    if odd:
        message = (
            f"{counted(len(odd), 'line')} with another number of columns than {columns}, e.g. "
            f"{quoted(' '.join(odd[0].columns))}"
        )
        remedy = (
            "Repair them. Spaces part columns: a token must not contain any, and none may be empty."
        )
        yield Finding(ERROR, "columns", message, remedy, len(odd), odd[0].number)


def _distributed_format(rows: List[ConllLine], groups: List[LinesOfSentence]) -> Optional[str]:
    if all(re.match("[a-z][a-z-]*:", row.columns[0]) for row in rows):
        return "wikiann"
    if all(
        row.columns[0] == str(index) and len(row.columns) > 2
        for group in groups
        for index, row in enumerate(group.lines)
    ):
        return "wikineural"
    if sum(len(row.columns) == 3 and row.columns[1] == "O" for row in rows) > len(rows) / 2:
        return "finer"
    return None


def _findings_in_tags(rows: List[ConllLine], check: FileCheck) -> Iterator[Finding]:
    if check.columns == 1:
        severity = NOTE if check.file.split in ("train", None) else WARNING
        remedy = "Nothing, if it is the target language's training file; else it cannot be scored."
        yield Finding(severity, "untagged", "one column: there are no tags", remedy)
        return
    bad = [row for row in rows if not _is_tag(row.columns[-1])]
    if bad:
        lines = counted(len(bad), "line")
        message = f"{lines} with no tag at the end, e.g. {quoted(bad[0].columns[-1])}"
        remedy = "Tags are O, B-PER, I-PER, ... in the last column. Repair or convert the file."
        yield Finding(ERROR, "not_a_tag", message, remedy, len(bad), bad[0].number)
    foreign = Counter(
        entity_type
        for row in rows
        if _is_tag(row.columns[-1])
        for entity_type in (split_tag(row.columns[-1])[1],)
        if entity_type and entity_type not in ENTITY_TYPES
    )
    if foreign:
        line = next(row.number for row in rows if row.columns[-1].partition("-")[2] in foreign)
        message = f"types beside {', '.join(ENTITY_TYPES)}: {', '.join(sorted(foreign))}"
        remedy = (
            "Rename them when converting (xner-data convert ... --map TYPE=MISC): the labels of "
            "both languages must be the same."
        )
        yield Finding(ERROR, "entity_types", message, remedy, sum(foreign.values()), line)


def _is_tag(text: str) -> bool:
    try:
        split_tag(text)
    except ValueError:
        return False
    return True


def _sentence(group: LinesOfSentence, check: FileCheck) -> CheckedSentence:
    tags = [row.columns[-1] for row in group.lines]
    has_tags = check.columns > 1 and all(map(_is_tag, tags))
    tokens = [row.columns[0] for row in group.lines]
    line = group.lines[0].number
    return CheckedSentence(tokens, tags if has_tags else None, line, group.is_glued)


def _findings_in_entities(check: FileCheck) -> List[Finding]:
    """Counts entities and finds the scheme, too."""
    tagged = [TaggedSentence(s.tags, s.line) for s in check.sentences if s.tags is not None]
    if not tagged:
        return []
    survey = survey_tags(tagged)
    check.scheme = survey.scheme
    entities: Dict[str, int] = Counter()
    for sentence in check.sentences:
        spans = entity_spans(sentence.tags) if sentence.tags is not None else []
        entities.update(Counter(span.type for span in spans))
        check.glued_entities += len(spans) if sentence.is_glued else 0
    check.entities = dict(sorted(entities.items()))
    if not entities:
        remedy = (
            "Nothing, if it is the target language's training file, whose tags are not read; else "
            "check that the last column is that of the tags."
        )
        return [Finding(WARNING, "no_entities", "all tags are O", remedy)]
    return survey.findings


def _token_uses(rows: List[ConllLine]) -> Dict[str, TokenUse]:
    counts = Counter(row.columns[0] for row in rows)
    first: Dict[str, int] = {}
    for row in rows:
        first.setdefault(row.columns[0], row.number)
    return {token: TokenUse(count, first[token]) for token, count in counts.items()}


def _findings_in_lengths(check: FileCheck) -> Iterator[Finding]:
    long = [s for s in check.sentences if len(s.tokens) > PAPER_MAX_LENGTH]
    if long:
        longest = max(len(s.tokens) for s in long)
        sentences = counted(len(long), "sentence")
        message = f"{sentences} of more than {PAPER_MAX_LENGTH} words, the longest of {longest}"
        remedy = (
            "Nothing: in training they are dropped as in the paper (max_length), in evaluation "
            "they count. If the corpus is not known for it, look for lost blank lines."
        )
        yield Finding(WARNING, "long_sentences", message, remedy, len(long), long[0].line)


def _findings_in_sizes(check: FileCheck) -> Iterator[Finding]:
    found, glued, paper = len(check.sentences), check.glued_sentences, check.paper_sentences
    if glued:
        entities = counted(check.glued_entities, "entity", "entities")
        message = (
            f"{counted(glued, 'sentence')}, with {entities}, glued to a "
            f"-DOCSTART-: {found} sentences with them, {found - glued} without"
        )
        remedy = (
            'Nothing: only the markers are dropped. Set the reader\'s docstart to "sentence" (or '
            "convert with --docstart sentence) for the paper's numbers."
        )
        yield Finding(NOTE, "glued_sentences", message, remedy, glued)
    if paper is None or paper in (found, found - glued):
        return
    if check.file.language == "nl" and found == DUTCH_WITH_GLUED_SENTENCES[check.file.split or ""]:
        message = (
            f"{found} sentences, all of CoNLL-2002; the paper dropped the first one of each article"
            f" and has {paper}"
        )
        remedy = (
            "Nothing, if you score the full set. For the paper's: xner-data convert conll2002 IN "
            "OUT --docstart sentence."
        )
        yield Finding(NOTE, "full_dutch", message, remedy)
        return
    corpus = PAPER_SIZES[check.file.language or ""].corpus
    message = f"{found} sentences, while the paper has {paper} of {corpus} (Table 1)"
    remedy = (
        "Do not compare scores on it with the paper's. `xner-data sources` says where the paper's "
        "corpora are from."
    )
    yield Finding(WARNING, "paper_size", message, remedy)


def _refusal(path: str) -> List[Finding]:
    try:
        read_conll_file(path)
    except ConfigurationError as error:
        return [Finding(ERROR, "refused", f"the dataset reader refuses it: {error}")]
    return []
