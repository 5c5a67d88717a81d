import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.fields import TextField

from xner_allennlp.data import TagField


def field(tags, scheme="BIOUL", **options):
    return TagField(tags, TextField([Token("x")] * len(tags)), scheme, **options)


def labels_of(*fields):
    instances = [Instance({"tags": one}) for one in fields]
    vocabulary = Vocabulary.from_instances(instances)
    return vocabulary, list(vocabulary.get_token_to_index_vocabulary("labels"))


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("BIOUL", "B-LOC B-PER I-LOC I-PER L-LOC L-PER O U-LOC U-PER"),
        ("BIO", "B-LOC B-PER I-LOC I-PER O"),
    ],
)
def test_a_type_brings_all_its_tags(scheme, expected):
    tags = ["U-PER", "O", "U-LOC"] if scheme == "BIOUL" else ["B-PER", "O", "B-LOC"]
    assert sorted(labels_of(field(tags, scheme))[1]) == expected.split()


def test_four_types_are_seventeen_labels():
    fields = [field([f"U-{name}", "O"]) for name in ("PER", "LOC", "ORG", "MISC")]
    assert len(labels_of(*fields)[1]) == 17


def test_no_entity_no_other_tag():
    assert labels_of(field(["O", "O"]))[1] == ["O"]


def test_index_and_tensor():
    tags = field(["B-PER", "L-PER", "O"])
    vocabulary, labels = labels_of(tags)
    tags.index(vocabulary)
    assert [labels[i] for i in tags.as_tensor({"num_tokens": 3}).tolist()] == tags.labels


@pytest.mark.parametrize(("origin", "named"), [("x, line 5", "x, line 5"), (None, "a sentence")])
def test_unknown_tag(origin, named):
    vocabulary, _ = labels_of(field(["U-PER", "O"]))
    with pytest.raises(ConfigurationError, match=f"{named}: the tag 'U-DATE' is not one of.*U-PER"):
        field(["U-DATE"], origin=origin).index(vocabulary)
    with pytest.raises(ConfigurationError, match="same tag_scheme"):
        labels_bio, _ = labels_of(field(["B-PER", "O"], "BIO"))
        field(["U-PER"]).index(labels_bio)
