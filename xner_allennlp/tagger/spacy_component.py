"""The spaCy component `xner`; spaCy finds it by the entry point `spacy_factories`."""

import os
import tempfile
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Tuple, Union

import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans, minibatch

from xner_allennlp.common.errors import InputError, is_input_error
from xner_allennlp.tagger.documents import Entity
from xner_allennlp.tagger.folder import is_exported
from xner_allennlp.tagger.tagger import Tagger
from xner_allennlp.tagger.threshold import Threshold, thresholds_by_type

_FOLDER = "tagger"


@Language.factory(
    "xner",
    assigns=["doc.ents", "doc.spans"],
    default_config={
        "model": None,
        "threshold": 0.0,
        "overwrite_ents": False,
        "spans_key": "xner",
        "batch_size": 256,
    },
)
def make_xner(
    nlp: Language,
    name: str,
    model: Optional[str],
    threshold: Union[float, Dict[str, float]],
    overwrite_ents: bool,
    spans_key: str,
    batch_size: int,
) -> "SpacyTagger":
    """What `nlp.add_pipe("xner", config={"model": "nl_tagger"})` calls."""
    return SpacyTagger(model, threshold, overwrite_ents, spans_key, batch_size)


class SpacyTagger:
    """
    Finds entities in the text of a document, whatever its tokenizer makes of it; a span is all
    tokens that an entity touches. `doc.spans[spans_key]` has all that were found, and in
    `attrs["scores"]` their probabilities, as spaCy's own span categorizer has it. `doc.ents` gets
    those that overlap nothing that was there; tokens of none are marked so, not as unknown.

    # Parameters

    model : `str`, optional (default = `None`)
        What [`Tagger.load`](./tagger.md#load) takes. A saved pipeline has a tagger of its own, and
        may be loaded where this is not there, is something else, or would need AllenNLP: so what
        cannot be loaded is refused only when it is first used.
    threshold : `Union[float, Mapping[str, float]]`, optional (default = `0`)
        See [`Tagger.tag`](./tagger.md#tag).
    overwrite_ents : `bool`, optional (default = `False`)
        Whether entities that were there and overlap new ones are dropped instead.
    spans_key : `str`, optional (default = `"xner"`)
    batch_size : `int`, optional (default = `256`)
        How many documents are tagged at once, at most: `nlp.pipe` may be told fewer.

    # Raises

    `InputError`
        If `threshold` is not from 0 to 1 or names a type that the tagger does not find, or
        `batch_size` is not positive.
    """

    def __init__(
        self,
        model: Optional[str],
        threshold: Threshold = 0.0,
        overwrite_ents: bool = False,
        spans_key: str = "xner",
        batch_size: int = 256,
    ) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}; give at least 1, or leave it out")
        self._tagger: Optional[Tagger] = None
        self._not_loaded: Optional[Exception] = None
        self._threshold = threshold
        self._overwrite_ents = overwrite_ents
        self._spans_key = spans_key
        self._batch_size = batch_size
        if model is not None:
            try:
                tagger = Tagger.load(model)
            except Exception as error:
                if not is_input_error(error):
                    raise
                self._not_loaded = error
            else:
                self._take(tagger)

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: Optional[int] = None) -> Iterator[Doc]:
        """Tags documents; `nlp.pipe` calls this."""
        # Without an argument of its own `nlp.pipe` gives that of the whole pipeline, a thousand.
        most = min(batch_size or self._batch_size, self._batch_size)
        for docs in minibatch(stream, most):
            found = self._loaded().tag([doc.text for doc in docs], threshold=self._threshold)
            for doc, entities in zip(docs, found):
                self._add(doc, entities)
                yield doc

    def _add(self, doc: Doc, entities: List[Entity]) -> None:
        spans: Dict[Tuple[int, int, int], Tuple[Span, float]] = {}
        for entity in entities:
            span = doc.char_span(
                entity.start, entity.end, label=entity.type, alignment_mode="expand"
            )
            if span is not None and span.text.strip():
                spans.setdefault((span.start, span.end, span.label), (span, entity.probability))
        group = SpanGroup(doc, name=self._spans_key, spans=[span for span, _ in spans.values()])
        group.attrs["scores"] = [probability for _, probability in spans.values()]
        doc.spans[self._spans_key] = group
        # Two entities may share a token of this tokenizer.
        new = filter_spans([span for span, _ in spans.values()])
        old = list(doc.ents)
        if self._overwrite_ents:
            old = [span for span in old if not _overlaps(span, new)]
        else:
            new = [span for span in new if not _overlaps(span, old)]
        # What has no entity is outside of one: taken as unknown, it would teach spaCy nothing, and
        # of an entity that was dropped the rest would stay.
        doc.set_ents([*old, *new], default="outside")

    def to_disk(
        self, path: Union[str, Path], exclude: Iterable[str] = (), **kwargs: object
    ) -> None:
        """
        Writes the tagger with the pipeline, as [`export`](./tagger.md#export) does, in the place of
        one that was saved there before, as all of spaCy's components do.
        """
        Path(path).mkdir(parents=True, exist_ok=True)
        place = Path(path) / _FOLDER
        with tempfile.TemporaryDirectory(dir=path) as new:
            self._loaded().export(Path(new) / _FOLDER)
            if is_exported(place):
                # Moved, not removed: a process that is killed between has lost no tagger.
                os.replace(place, Path(new) / "before")
            os.replace(Path(new) / _FOLDER, place)

    def from_disk(
        self, path: Union[str, Path], exclude: Iterable[str] = (), **kwargs: object
    ) -> "SpacyTagger":
        self._take(Tagger.load(Path(path) / _FOLDER))
        return self

    def to_bytes(self, exclude: Iterable[str] = (), **kwargs: object) -> bytes:
        """The tagger, as `to_disk` writes it."""
        with tempfile.TemporaryDirectory() as new:
            place = Path(new) / _FOLDER
            self._loaded().export(place)
            return srsly.msgpack_dumps({file.name: file.read_bytes() for file in place.iterdir()})

    def from_bytes(
        self, content: bytes, exclude: Iterable[str] = (), **kwargs: object
    ) -> "SpacyTagger":
        with tempfile.TemporaryDirectory() as place:
            for name, of_file in srsly.msgpack_loads(content).items():
                if name != Path(name).name or name == "..":
                    raise InputError(f"these bytes hold no tagger, but a file named {name!r}")
                (Path(place) / name).write_bytes(of_file)
            self._take(Tagger.load(place))
        return self

    def _take(self, tagger: Tagger) -> None:
        # Now, since texts are tagged later.
        thresholds_by_type(self._threshold, tagger.entity_types)
        self._tagger = tagger

    def _loaded(self) -> Tagger:
        if self._tagger is None:
            raise self._not_loaded or InputError(
                'the component xner has no tagger: give config={"model": FOLDER} to add_pipe'
            )
        return self._tagger


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)
