"""
Splitting a document of any script into sentences: the sentence boundary rules of Unicode (UAX 29),
by the characters' property `Sentence_Break`, with four rules of our own.

An entity that a boundary cuts is lost, while two sentences left together cost a tagger little. So
there is no boundary, where UAX 29 has one,

* after a full stop without white space behind it (`example.Com`, `№.5`);
* after a full stop behind an initial, an abbreviation with dots inside, or a capitalised word of at
  most three letters or four without a vowel (`J. Smith`, `U.S. Army`, `Dr. Who`, `St. Paul`);
* after a full stop behind a number of one or two digits (`3. Oktober`);
* at a single line end, since lines are often wrapped. A blank line, a form feed and the paragraph
  separator end a paragraph, and with it the sentence, whatever stands before.
"""

from typing import Iterator, List, Tuple

import regex

# Invisible marks may stand on a blank line: direction marks, zero-width spaces, byte order marks.
_BLANK = r"[\p{Zs}\t\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
_LINE_END = r"(?>\r\n|[\n\r\x85\u2028])"
_PARAGRAPH_END = regex.compile(
    rf"(?V1){_LINE_END}(?:{_BLANK}*+{_LINE_END})++|[\x0b\x0c\x1c-\x1e\u2029]"
)

# Closing quotation marks and brackets; UAX 29 has the opening ones here, too.
_AFTER = r"[[\p{SB=CL}--\p{Ps}]\p{SB=EX}\p{SB=FO}]*+"
_SPACE = r"[\p{SB=SP}\p{SB=SE}\p{SB=CR}\p{SB=LF}\p{SB=FO}]"
# Of one to three letters, or four without a vowel: Dr, St, Mrs, Hon, Mssr.
_SHORT = (
    r"(?<![\p{L}\p{M}\p{N}.,])"
    r"(?:\p{L}\p{M}*+|\p{Lu}\p{M}*+[\p{L}\p{M}]{1,2}|\p{Lu}[^\P{Ll}aeiouyаеиоуыэюя]{3}|\p{N}{1,2})"
)
_DOTTED = r"\p{L}\p{M}*+\.\p{L}\p{M}*+"
_END = regex.compile(
    r"(?V1)"
    # Only the first of several marks may begin a match, or a row of them takes quadratic time.
    r"(?<![\p{SB=ST}\p{SB=AT}])"
    # A mark that always ends a sentence: ! ? 。 ؟ । ...
    rf"(?:\p{{SB=ST}}[\p{{SB=ST}}\p{{SB=AT}}]*+{_AFTER}{_SPACE}*+"
    # A full stop.
    rf"|(?<!{_SHORT})(?<!{_DOTTED})\p{{SB=AT}}[\p{{SB=AT}}\p{{SB=ST}}]*+{_AFTER}{_SPACE}++)"
    # A sentence does not go on in lower case or with a comma (rules SB8 and SB8a); marks that are
    # neither letters nor ends may stand before.
    r"(?![^\p{SB=LE}\p{SB=UP}\p{SB=LO}\p{SB=ST}\p{SB=AT}\p{SB=SE}]*+\p{SB=LO})"
    r"(?![\p{SB=SC}\p{SB=ST}\p{SB=AT}])"
)


def split_sentences(text: str) -> List[Tuple[int, int]]:
    """
    Where the sentences of `text` stand, in characters, end exclusive. Together they are the whole
    text but for white space and the ends of paragraphs.
    """
    return [
        sentence
        for start, end in _paragraphs(text)
        for sentence in _sentences(text, start, end)
        if not text[slice(*sentence)].isspace()
    ]


def _paragraphs(text: str) -> Iterator[Tuple[int, int]]:
    start = 0
    for match in _PARAGRAPH_END.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _sentences(text: str, start: int, end: int) -> Iterator[Tuple[int, int]]:
    for match in _END.finditer(text, start, end):
        yield start, match.end()
        start = match.end()
    if start < end:
        yield start, end
