"""
Tags and the entities they spell: schemes, conversions, spans. Their scores, which need more than
an exported tagger has, are in `scores.py` and `conll_f1.py`.
"""

from xner_allennlp.spans.bracket_tags import are_bracket_tags, read_bracket_tags
from xner_allennlp.spans.entities import EntitySpan, entity_spans, tags_of_spans
from xner_allennlp.spans.entity_finder import EntityFinder, FoundEntities
from xner_allennlp.spans.tag_schemes import (
    INPUT_SCHEMES,
    TAG_SCHEMES,
    are_well_formed,
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
from xner_allennlp.spans.type_map import NO_ENTITY, TypeMap, counts_of_renamed

__all__ = [
    "EntityFinder",
    "EntitySpan",
    "FoundEntities",
    "INPUT_SCHEMES",
    "MOSTLY",
    "NO_ENTITY",
    "PLAIN_TYPES",
    "TAG_SCHEMES",
    "TagSpelling",
    "TypeMap",
    "are_bracket_tags",
    "are_well_formed",
    "convert_tags",
    "counts_of_renamed",
    "detect_input_scheme",
    "entity_spans",
    "read_bracket_tags",
    "read_spelling",
    "share_of_tags",
    "split_tag",
    "tags_of_spans",
    "to_bioul",
    "to_iob2",
]
