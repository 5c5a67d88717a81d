"""Tags and the entities they spell: schemes, conversions, spans, and their score."""

from xner_allennlp.spans.conll_f1 import ConllF1
from xner_allennlp.spans.entities import EntitySpan, entity_spans, tags_of_spans
from xner_allennlp.spans.entity_finder import EntityFinder, FoundEntities
from xner_allennlp.spans.scores import EntityScore, TagScores, score_tags
from xner_allennlp.spans.tag_schemes import (
    INPUT_SCHEMES,
    TAG_SCHEMES,
    convert_tags,
    detect_input_scheme,
    split_tag,
    to_bioul,
    to_iob2,
)
from xner_allennlp.spans.tag_spelling import (
    MOSTLY,
    PLAIN_TYPES,
    TagSpelling,
    read_spelling,
    share_of_tags,
)
from xner_allennlp.spans.type_map import NO_ENTITY, TypeMap

__all__ = [
    "ConllF1",
    "EntityFinder",
    "EntityScore",
    "EntitySpan",
    "FoundEntities",
    "INPUT_SCHEMES",
    "MOSTLY",
    "NO_ENTITY",
    "PLAIN_TYPES",
    "TAG_SCHEMES",
    "TagScores",
    "TagSpelling",
    "TypeMap",
    "convert_tags",
    "detect_input_scheme",
    "entity_spans",
    "read_spelling",
    "score_tags",
    "share_of_tags",
    "split_tag",
    "tags_of_spans",
    "to_bioul",
    "to_iob2",
]
