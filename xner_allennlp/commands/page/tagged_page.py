"""
An HTML page of labelled sentences with the entities that a model finds in them, their probabilities
and what is wrong with them. One file, which needs no network.
"""

from importlib import resources
from os import PathLike
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of

from xner_allennlp.commands.page.span_errors import (
    MISSED,
    VERDICTS,
    JudgedSentence,
    JudgedSpan,
    judge,
)
from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.spans import EntitySpan, entity_spans

_BATCH_SIZE = 64
_COLOURS = 8  # that the page's style has


class _Cell(NamedTuple):
    """What one word shows in the lane of gold or of predictions: its part of an entity, if any."""

    entity: Optional[JudgedSpan]
    is_first: bool
    is_last: bool


def judge_file(
    archive: Union[str, "PathLike[str]"],
    conll_file: Union[str, "PathLike[str]"],
    *,
    weights_file: Optional[str] = None,
    language: str = "target",
) -> List[JudgedSentence]:
    """
    Tags the sentences of a labelled CoNLL file, and compares.

    # Parameters

    archive : `str`
        A `model.tar.gz`.
    conll_file : `str`
        The word in the first column, the tag in the last.
    weights_file : `str`, optional (default = `None`)
        Weights to use instead of the archive's, e.g. `best_target_f1.th`.
    language : `str`, optional (default = `"target"`)

    # Returns

    `List[JudgedSentence]`
        In the order of the file.

    # Raises

    `ConfigurationError`
        If the archive holds no such tagger, or the file cannot be read or has no tags.
    """
    # Imported here because they take seconds.
    from allennlp.models.archival import load_archive
    from allennlp.predictors import Predictor

    file = read_conll_file(conll_file)
    if file.scheme is None:
        raise ConfigurationError(
            f"{conll_file}: this file has one column, so there are no gold tags to compare with."
        )
    try:
        predictor = Predictor.from_archive(
            load_archive(archive, weights_file=weights_file),
            "ner_tagger",
            extra_args={"language": language},
        )
    except FileNotFoundError as error:
        raise ConfigurationError(f"{archive}: cannot be loaded ({error})") from None
    judged: List[JudgedSentence] = []
    for batch in lazy_groups_of(file.sentences, _BATCH_SIZE):
        outputs = predictor.predict_batch_json([{"tokens": each.words} for each in batch])
        for sentence, output in zip(batch, outputs):
            entities = output["entities"]
            judged.append(
                judge(
                    len(judged) + 1,
                    sentence.words,
                    entity_spans(sentence.tags or []),
                    [
                        EntitySpan(each["type"], each["first_token"], each["last_token"] + 1)
                        for each in entities
                    ],
                    [each["probability"] for each in entities],
                )
            )
    return judged


def make_page(
    sentences: Sequence[JudgedSentence],
    *,
    title: str,
    facts: Sequence[str] = (),
    number: Optional[int] = None,
    only_errors: bool = False,
) -> str:
    """
    # Parameters

    sentences : `Sequence[JudgedSentence]`
        All sentences; precision, recall and F1 on the page are theirs.
    title : `str`
    facts : `Sequence[str]`, optional
        Lines below the title.
    number : `int`, optional (default = `None`)
        Show so many sentences at most.
    only_errors : `bool`, optional (default = `False`)
        Show only sentences in which something is wrong.

    # Returns

    `str`
        HTML. Sentences with most errors come first, then in the order of the file.
    """
    # Imported here: only this needs it.
    from jinja2 import Environment

    shown = sorted(sentences, key=lambda sentence: (-sentence.errors, sentence.number))
    if only_errors:
        shown = [sentence for sentence in shown if sentence.errors]
    shown = shown[:number]
    types = sorted({each.span.type for one in sentences for each in (*one.gold, *one.predicted)})
    source = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(
        title=title,
        facts=facts,
        score=_score(sentences),
        verdicts=_verdicts(sentences),
        number_of_sentences=len(sentences),
        with_errors=sum(sentence.errors > 0 for sentence in sentences),
        sentences=[
            {
                "number": sentence.number,
                "errors": sentence.errors,
                "words": list(
                    zip(
                        sentence.words,
                        _lane(sentence.predicted, len(sentence.words)),
                        _lane(sentence.gold, len(sentence.words)),
                    )
                ),
                "types": sorted({each.span.type for each in (*sentence.gold, *sentence.predicted)}),
            }
            for sentence in shown
        ],
        types=types,
        colour_of={type_: place % _COLOURS for place, type_ in enumerate(types)},
    )


def _lane(spans: Sequence[JudgedSpan], length: int) -> List[_Cell]:
    cells = [_Cell(None, False, False)] * length
    for judged in spans:
        start, end = judged.span.start, judged.span.end
        for place in range(start, end):
            cells[place] = _Cell(judged, place == start, place == end - 1)
    return cells


def _score(sentences: Sequence[JudgedSentence]) -> Dict[str, Any]:
    correct = sum(each.verdict == "right" for one in sentences for each in one.predicted)
    predicted = sum(len(sentence.predicted) for sentence in sentences)
    gold = sum(len(sentence.gold) for sentence in sentences)
    return {
        "precision": 100 * correct / max(predicted, 1),
        "recall": 100 * correct / max(gold, 1),
        "f1": 200 * correct / max(predicted + gold, 1),
        "gold": gold,
        "predicted": predicted,
    }


def _verdicts(sentences: Sequence[JudgedSentence]) -> Dict[str, int]:
    """How often each verdict was given: on predictions, and on gold entities that were missed."""
    counts = dict.fromkeys(VERDICTS, 0)
    for sentence in sentences:
        for judged in sentence.predicted:
            counts[judged.verdict] += 1
        counts[MISSED] += sum(judged.verdict == MISSED for judged in sentence.gold)
    return counts
