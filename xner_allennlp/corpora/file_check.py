"""Checking one corpus file: nothing that is wrong with it stops the check."""

import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.encodings import decode
from xner_allennlp.common.text_file import numbered_lines, read_bytes
from xner_allennlp.corpora.damaged_tokens import TokenUse, findings_in_tokens, quoted
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.doc_bin import is_doc_bin
from xner_allennlp.corpora.findings import ERROR, NOTE, WARNING, Finding, counted
from xner_allennlp.corpora.formats import ENTITY_TYPES
from xner_allennlp.corpora.paper_sizes import DUTCH_WITH_GLUED_SENTENCES, PAPER_SIZES
from xner_allennlp.corpora.tag_survey import TaggedSentence, survey_tags
from xner_allennlp.corpora.text_findings import findings_in_blank_lines, findings_in_bytes
from xner_allennlp.data.column_roles import is_tag
from xner_allennlp.data.column_text import ConllLine
from xner_allennlp.data.conll_file import PLACEHOLDER, ConllOptions, parse_conll
from xner_allennlp.data.conll_layout import ConllLayout, lay_out
from xner_allennlp.data.other_formats import other_format
from xner_allennlp.spans import PLAIN_TYPES, entity_spans, read_spelling, split_tag

PAPER_MAX_LENGTH = 250
"""The paper drops longer source sentences from training."""

_SETTINGS = {"testa": "validation_data_path", "testb": "test_data_path"}


class CheckedSentence(NamedTuple):
    """
    The `tokens`; the `tags`, or `None` if one of them is not a tag; the numbers of their `lines`,
    between which others may have been left out; whether the sentence follows a -DOCSTART- without a
    blank line.
    """

    tokens: Sequence[str]
    tags: Optional[Sequence[str]]
    lines: Sequence[int]
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

    @property
    def is_left_out(self) -> bool:
        """Whether the file is optional, and not there."""
        return self.file.is_optional and not os.path.exists(self.file.path)

    def to_json(self) -> Dict[str, Any]:
        return {
            "path": self.file.path,
            "language": self.file.language,
            "split": self.file.split,
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
    if check.is_left_out:
        setting = _SETTINGS[file.split or ""]
        message = "there is no such file"
        remedy = f"If the language is the target, leave it out of {setting}; a source needs it."
        check.findings.append(Finding(NOTE, "left_out", message, remedy))
        return check
    try:
        data = read_bytes(file.path)
    except ConfigurationError as error:
        check.findings.append(Finding(ERROR, "unreadable", str(error)))
        return check
    if is_doc_bin(data):
        remedy = "Convert it: xner-data convert IN OUT."
        check.findings.append(Finding(ERROR, "doc_bin", "the file is a DocBin of spaCy", remedy))
        return check
    decoded = decode(data, path=file.path)
    check.encoding = decoded.encoding
    check.findings += findings_in_bytes(data, decoded)
    lines = list(numbered_lines(decoded.text))
    other = other_format(lines)
    if other is not None:
        remedy = f"{other.remedy[0].upper()}{other.remedy[1:]}."
        check.findings.append(
            Finding(ERROR, other.code, f"the file is {other.name}", remedy, line=1)
        )
        return check
    check.findings += findings_in_blank_lines(lines)
    layout = lay_out(lines)
    groups = layout.sentences
    rows = [row for group in groups for row in group.lines]
    if not rows:
        message = "there is no sentence in this file"
        remedy = "Give a file with one token a line and a blank line after each sentence."
        check.findings.append(Finding(ERROR, "empty", message, remedy))
        return check
    check.columns = layout.width
    if _is_raw_text(layout, rows):
        message = "no columns: the lines look like raw text"
        remedy = (
            "Give one token a line. To train on raw text, name its language in the reader's "
            "raw_text_languages (xner-tagger learn takes it as it is)."
        )
        check.findings.append(Finding(ERROR, "raw_text", message, remedy, line=rows[0].number))
        return check
    check.findings += _findings_in_columns(layout, rows)
    check.findings += _findings_in_tags(layout, rows, check)
    check.sentences = list(_sentences(layout))
    check.findings += _findings_in_entities(check)
    check.findings += findings_in_tokens(_token_uses(layout, rows))
    check.findings += _findings_in_lengths(check)
    check.findings += _findings_in_sizes(check)
    if not any(finding.severity == ERROR for finding in check.findings):
        check.findings += _findings_of_reader(lines, file.path)
    return check


def _is_raw_text(layout: ConllLayout, rows: Sequence[ConllLine]) -> bool:
    """Whether most lines have numbers of columns of their own, and none has tags."""
    usual = [row for row in rows if len(row.columns) == layout.width]
    return len(usual) <= len(rows) / 2 and not any(
        is_tag(row.columns[-1]) for row in usual if len(row.columns) > 1
    )


def _findings_in_columns(layout: ConllLayout, rows: List[ConllLine]) -> Iterator[Finding]:
    if layout.notes:
        remedy = (
            "Nothing, if that is right: the reader takes them so. Else set its token_column and "
            "tag_column, or convert the file: xner-data convert --from auto IN OUT."
        )
        yield Finding(NOTE, "layout", "; ".join(layout.notes), remedy)
    odd = [row for row in rows if len(row.columns) != layout.width]
    if odd:
        message = (
            f"{counted(len(odd), 'line')} with another number of columns than {layout.width}, e.g. "
            f"{quoted(' '.join(odd[0].columns))}"
        )
        remedy = (
            "Repair them. Spaces part columns: a token must not contain any, and none may be empty."
        )
        yield Finding(ERROR, "columns", message, remedy, len(odd), odd[0].number)
    commas = sum("," in row.columns[0][1:-1] for row in rows) if layout.width == 1 else 0
    if commas > len(rows) / 2:
        message = f"one column, and commas inside {commas} of {len(rows)} lines"
        remedy = "If commas part columns, convert it: xner-data convert IN OUT --separator comma."
        yield Finding(WARNING, "commas", message, remedy, commas)


def _findings_in_tags(
    layout: ConllLayout, rows: List[ConllLine], check: FileCheck
) -> Iterator[Finding]:
    position = layout.tag
    if position is None:
        severity = NOTE if check.file.split in ("train", None) else WARNING
        remedy = "Nothing, if it is the target language's training file; else it cannot be scored."
        is_masked = any("masked" in note for note in layout.notes)
        message = "the tags are masked" if is_masked else "one column: there are no tags"
        yield Finding(severity, "untagged", message, remedy)
        return
    tagged = [row for row in rows if len(row.columns) == layout.width]
    known, repairs = read_spelling({row.columns[position] for row in tagged})
    check.scheme = "IO" if (PLAIN_TYPES,) in repairs.values() else None
    bad = [row for row in tagged if row.columns[position] not in known]
    if bad:
        lines = counted(len(bad), "line")
        message = (
            f"{lines} with no tag in column {position}, e.g. {quoted(bad[0].columns[position])}"
        )
        remedy = (
            "Tags are O, B-PER, I-PER, ... in the last column. Repair or convert the file: "
            "xner-data convert IN OUT (--scheme IO, if they are types without prefixes)."
        )
        yield Finding(ERROR, "not_a_tag", message, remedy, len(bad), bad[0].number)
    types = {tag: split_tag(known[tag])[1] for tag in known}
    foreign = [
        row for row in tagged if types.get(row.columns[position], "") not in ("", *ENTITY_TYPES)
    ]
    if foreign:
        names = sorted({types[row.columns[position]] for row in foreign})
        message = f"types beside {', '.join(ENTITY_TYPES)}: {', '.join(names)}"
        remedy = (
            "Nothing, if the other language has them too. Else rename them, or make them no "
            f"entities: the reader's type_map, or xner-data convert IN OUT --map {names[0]}=O "
            f"({names[0]}=MISC)."
        )
        yield Finding(WARNING, "entity_types", message, remedy, len(foreign), foreign[0].number)


def _sentences(layout: ConllLayout) -> Iterator[CheckedSentence]:
    position = layout.tag
    rows = [row for group in layout.sentences for row in group.lines]
    written = {row.columns[position or 0] for row in rows if len(row.columns) == layout.width}
    known = read_spelling(written).tags
    for group in layout.sentences:
        tokens, tags = [], []
        for row in group.lines:
            is_whole = len(row.columns) == layout.width
            tokens.append(row.columns[layout.token if is_whole else 0] or PLACEHOLDER)
            if position is not None and is_whole and row.columns[position] in known:
                tags.append(known[row.columns[position]])
        has_tags = len(tags) == len(tokens)
        lines = [row.number for row in group.lines]
        yield CheckedSentence(tokens, tags if has_tags else None, lines, group.is_glued)


def _findings_in_entities(check: FileCheck) -> List[Finding]:
    """Counts entities and finds the scheme, too."""
    tagged = [TaggedSentence(s.tags, s.lines) for s in check.sentences if s.tags is not None]
    if not tagged:
        return []
    survey = survey_tags(tagged)
    check.scheme = survey.scheme if check.scheme is None else check.scheme
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
    return [] if check.scheme == "IO" else survey.findings


def _token_uses(layout: ConllLayout, rows: List[ConllLine]) -> Dict[str, TokenUse]:
    uses: Dict[str, TokenUse] = {}
    for row in rows:
        token = row.columns[layout.token if len(row.columns) == layout.width else 0]
        use = uses.get(token, TokenUse(0, row.number))
        uses[token] = TokenUse(use.times + 1, use.line)
    return uses


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
        yield Finding(WARNING, "long_sentences", message, remedy, len(long), long[0].lines[0])


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


def _findings_of_reader(lines: Sequence[Tuple[int, str]], path: str) -> List[Finding]:
    """Of the lines as they were read, since a pipe cannot be read again."""
    try:
        read = parse_conll(lines, path, ConllOptions())
    except ConfigurationError as error:
        return [Finding(ERROR, "refused", f"the dataset reader refuses it: {error}")]
    remedy = "Nothing: the reader does so. Look whether it is right."
    return [
        Finding(NOTE, "repaired", f"{kind}: {count}", remedy, count)
        for kind, count in read.repairs.items()
    ]
