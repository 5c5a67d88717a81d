"""What the reader says of a CoNLL file that it has read, and of the sentences it drops."""

import logging
from collections import Counter
from os import PathLike
from typing import List, Optional, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.data.conll_file import ConllFile
from xner_allennlp.spans import are_well_formed, entity_spans

logger = logging.getLogger(__name__)

Path = Union[str, "PathLike[str]"]


def describe_repairs(file: ConllFile, path: Path) -> List[str]:
    """What was found, repaired and dropped; warns of types that were renamed."""
    details = [*file.notes, *(f"{kind}: {count}" for kind, count in file.repairs.items())]
    if file.renamed:
        renamed = ", ".join(f"{names} ({count})" for names, count in file.renamed.items())
        logger.warning(
            "%s: types are renamed, and scores are those of the new ones: %s", path, renamed
        )
    if file.glued_sentences:
        details.append(f"{file.glued_sentences} sentences dropped with their -DOCSTART- line")
    return details


def without_long_sentences(file: ConllFile, path: Path, max_length: Optional[int]) -> ConllFile:
    """
    Warns of the sentences of more than `max_length` words that it drops. Raises
    `ConfigurationError` if all are so long.
    """
    if max_length is None:
        return file
    kept = [s for s in file.sentences if len(s.words) <= max_length]
    dropped = len(file.sentences) - len(kept)
    if not kept:
        raise ConfigurationError(
            f"{path}: all {dropped} sentences are longer than max_length, {max_length}; raise it "
            "(or look whether blank lines part the file's sentences)"
        )
    if dropped:
        logger.warning(
            "%s: %d of %d sentences dropped, longer than max_length (%d words); right for "
            "training, wrong for evaluation",
            path,
            dropped,
            len(file.sentences),
            max_length,
        )
    return file._replace(sentences=kept)


def describe_tags(file: ConllFile) -> str:
    """Scheme, entities by type and repairs of a tagged file, for the log."""
    types: Counter[str] = Counter()
    strays, ill_formed = 0, 0
    for sentence in file.sentences:
        tags = sentence.tags or []
        spans = entity_spans(tags)
        types.update(span.type for span in spans)
        strays += sum(tags[span.start].startswith("I-") for span in spans)
        ill_formed += file.scheme == "BIOUL" and not all(are_well_formed(tags))
    described = ", ".join(f"{name} {count}" for name, count in sorted(types.items()))
    text = f"{sum(types.values())} entities ({described}) in {file.scheme}"
    if ill_formed:
        text += f"; the ill-formed tags of {ill_formed} sentences repaired"
    if file.scheme == "IOB2" and strays:
        text += f"; {strays} of them start with a stray I-, as conlleval reads them"
    return text
