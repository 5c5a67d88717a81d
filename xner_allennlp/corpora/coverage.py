"""How many words of a corpus have a vector."""

import unicodedata
from collections import Counter
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple
from typing import Counter as CounterType

from xner_allennlp.corpora.findings import NOTE, WARNING, Finding
from xner_allennlp.spans import entity_spans
from xner_allennlp.vectors import forms_of, known_form, read_word_vectors

_LOW = 0.5
_EXAMPLES = 10

Sentence = Tuple[Sequence[str], Optional[Sequence[str]]]


def coverage(sentences: Iterable[Sentence], path: str) -> Tuple[Dict[str, Any], List[Finding]]:
    """
    Looks words up as the tagger does: as they are written, else in another Unicode normal form,
    else in lower case.

    # Parameters

    sentences : `Iterable[Sentence]`
        Tokens, and tags or `None`.
    path : `str`
        The word vectors.

    # Returns

    `Tuple[Dict[str, Any], List[Finding]]`
        `words` and `dim` of the vectors; the shares of all `tokens` and of `entity_tokens` that
        have a vector, the latter also by `types`; the shares of tokens that have one
        `in_other_normal_form` and `in_lower_case` only; the most frequent entity tokens without
        one, `missing`.
    """
    all_words: CounterType[str] = Counter()
    by_type: Dict[str, CounterType[str]] = {}
    for tokens, tags in sentences:
        all_words.update(tokens)
        for span in entity_spans(tags) if tags is not None else ():
            by_type.setdefault(span.type, Counter()).update(tokens[span.start : span.end])
    in_entities: CounterType[str] = sum(by_type.values(), Counter())
    vectors = read_word_vectors(path, wanted=forms_of(all_words))
    as_written = set(vectors.words)
    forms = {word: known_form(word, as_written) for word in all_words}
    known = {word for word, form in forms.items() if form is not None}
    normalized = {word for word in known - as_written if _is_other_normal_form(word, forms[word])}
    result: Dict[str, Any] = {
        "path": path,
        "words": vectors.counts["rows_read"],
        "dim": vectors.dim,
        "tokens": _share(all_words, known),
        "in_other_normal_form": _share(all_words, normalized),
        "in_lower_case": _share(all_words, known - as_written - normalized),
        "entity_tokens": _share(in_entities, known),
        "types": {name: _share(words, known) for name, words in sorted(by_type.items())},
        "missing": [word for word, _ in in_entities.most_common() if word not in known][:_EXAMPLES],
    }
    findings = []
    if normalized:
        count = sum(all_words[word] for word in normalized)
        first = min(normalized)
        message = (
            f"{count} tokens are written with other code points than in {path} (combining accents "
            f"or composed letters: {ascii(first)} there is {ascii(forms[first])})"
        )
        remedy = (
            "Nothing for the vectors: words are found in either Unicode normal form. For the "
            "characters, and equal words of two forms, set the reader's normalization to NFC."
        )
        findings.append(Finding(NOTE, "normal_form", message, remedy, count))
    for name, what in (("tokens", "tokens"), ("entity_tokens", "tokens in entities")):
        share = result[name]
        if share is not None and share < _LOW:
            message = f"only {share:.1%} of the {what} have a vector in {path}"
            remedy = "Use larger vectors, of this language, cased, and of text like the corpus."
            findings.append(Finding(WARNING, "low_coverage", message, remedy))
    return result, findings


def _share(words: CounterType[str], chosen: Set[str]) -> Optional[float]:
    total = sum(words.values())
    return sum(words[word] for word in words if word in chosen) / total if total else None


def _is_other_normal_form(word: str, form: Optional[str]) -> bool:
    """Whether `form` is not just `word` in lower case."""
    return form is not None and form != word.lower() and _composed(form) == _composed(word)


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower()
