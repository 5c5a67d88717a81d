"""The scheme that a file's tags are really written in, and the tags that break its rules."""

from typing import List, NamedTuple, Sequence

from xner_allennlp.corpora.findings import NOTE, WARNING, Finding, counted
from xner_allennlp.spans import are_well_formed, split_tag

_STRAY_SHARE = 0.05
"""With more tags of another scheme than this share the file counts as a mixture of both."""


class TagSurvey(NamedTuple):
    """The `scheme` (IOB1, IOB2, BIOUL, IOBES or mixture), and the `findings` about it."""

    scheme: str
    findings: List[Finding]


class TaggedSentence(NamedTuple):
    """Tags, which `split_tag` accepts, and the numbers of their `lines`."""

    tags: Sequence[str]
    lines: Sequence[int]


def survey_tags(sentences: Sequence[TaggedSentence]) -> TagSurvey:
    """The scheme of all `sentences` together."""
    prefixes = {tag[0] for sentence in sentences for tag in sentence.tags}
    if prefixes & set("LUES"):
        return _survey_bioul("IOBES" if prefixes & set("ES") else "BIOUL", sentences)
    return _survey_iob(sentences)


def _survey_iob(sentences: Sequence[TaggedSentence]) -> TagSurvey:
    # Entities that begin as only IOB1, and as only IOB2 writes them.
    iob1_lines: List[int] = []
    iob2_count = 0
    for sentence in sentences:
        previous = ""
        for line, tag in zip(sentence.lines, sentence.tags):
            prefix, entity_type = split_tag(tag)
            if entity_type != previous:
                if prefix == "I":
                    iob1_lines.append(line)
                iob2_count += prefix == "B"
            previous = entity_type
    if iob1_lines and not iob2_count:
        message = "the tags are IOB1, which is converted when they are read"
        return TagSurvey("IOB1", [Finding(NOTE, "iob1", message)])
    return _judge("IOB2", "IOB1", iob1_lines, len(iob1_lines) + iob2_count)


def _survey_bioul(name: str, sentences: Sequence[TaggedSentence]) -> TagSurvey:
    wrong_lines = [
        line
        for sentence in sentences
        for line, is_right in zip(sentence.lines, are_well_formed(sentence.tags))
        if not is_right
    ]
    count = sum(tag != "O" for sentence in sentences for tag in sentence.tags)
    return _judge(name, "IOB", wrong_lines, count)


def _judge(name: str, other: str, lines: List[int], of: int) -> TagSurvey:
    """Whether tags of the scheme `other` in these `lines` are single errors or a mixture."""
    if not lines:
        return TagSurvey(name, [])
    count, line = len(lines), lines[0]
    if count > _STRAY_SHARE * of:
        message = f"the tags are a mixture of {name} and {other}: {count} of {of} are {other}'s"
        remedy = (
            "Find out which files were joined, and convert each by itself. Tags are read by "
            "conlleval's rules, under which a mixture may join or part entities."
        )
        return TagSurvey("mixture", [Finding(WARNING, "mixture", message, remedy, count, line)])
    if name == "IOB2":
        what = f"{count} of {of} entities beginning with I-"
    else:
        what = f"{counted(count, 'tag')} that its rules forbid"
    remedy = (
        "Nothing, if the corpus is known for it: tags are read by conlleval's rules (a stray I- "
        "begins an entity). Other scorers may count otherwise."
    )
    finding = Finding(WARNING, "stray_tags", f"{name} with {what}", remedy, count, line)
    return TagSurvey(name, [finding])
