"""A field of tags that keeps the label vocabulary whole, and says which tag a model cannot know."""

from typing import Dict, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.fields import SequenceField, SequenceLabelField

_PREFIXES = {"BIOUL": "BILU", "BIO": "BI"}


class TagField(SequenceLabelField):
    """
    A `SequenceLabelField` of tags.

    With an entity type all tags of that type enter the vocabulary: a small corpus without, say, an
    entity of three tokens still gives a model that knows `I-MISC`, has the paper's number of
    labels, and can be evaluated where such an entity occurs.

    # Parameters

    labels : `List[str]`
        The tags of a sentence, in `tag_scheme`.
    sequence_field : `SequenceField`
        Its tokens.
    tag_scheme : `str`
        "BIOUL" or "BIO".
    label_namespace : `str`, optional (default = `"labels"`)
    origin : `str`, optional (default = `None`)
        The sentence's file and line, for errors.
    in_vocabulary : `bool`, optional (default = `True`)
        Whether the tags count when a vocabulary is made.

    Raises `ConfigurationError` from `index` when the vocabulary does not have a tag.
    """

    __slots__ = ["_tag_scheme", "_origin", "_in_vocabulary"]

    def __init__(
        self,
        labels: List[str],
        sequence_field: SequenceField,
        tag_scheme: str,
        label_namespace: str = "labels",
        origin: Optional[str] = None,
        in_vocabulary: bool = True,
    ) -> None:
        super().__init__(labels, sequence_field, label_namespace)
        self._tag_scheme = tag_scheme
        self._origin = origin
        self._in_vocabulary = in_vocabulary

    def count_vocab_items(self, counter: Dict[str, Dict[str, int]]) -> None:
        if not self._in_vocabulary:
            return
        super().count_vocab_items(counter)
        # Sorted, since the vocabulary's order of equally frequent tags must not vary.
        for entity_type in sorted({str(label)[2:] for label in self.labels if label != "O"}):
            for prefix in _PREFIXES[self._tag_scheme]:
                counter[self._label_namespace][f"{prefix}-{entity_type}"] += 1

    def index(self, vocab: Vocabulary) -> None:
        known = vocab.get_token_to_index_vocabulary(self._label_namespace)
        for label in self.labels:
            if label not in known:
                raise ConfigurationError(
                    f"{self._origin or 'a sentence'}: the tag '{label}' is not one of those that "
                    f"the model learns, {', '.join(known)}; evaluate on a file with the types of "
                    "the training data, in the same tag_scheme"
                )
        super().index(vocab)
