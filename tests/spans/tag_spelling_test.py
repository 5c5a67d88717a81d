import pytest

from xner_allennlp.spans import read_spelling, share_of_tags


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("O B-PER E-LOC S-X B-GPE-part", "O B-PER E-LOC S-X B-GPE-part"),
        ("O M-PER W-PER", "O I-PER U-PER"),
        ("B_PER O", "B-PER O"),
        ("PER_B PER-I O", "B-PER I-PER O"),
        ("b-per o i-Person", "B-PER O I-Person"),
        ("PER O LOC x-y", "I-PER O I-LOC I-x-y"),
        ("person 0 e-mail", "I-person O I-e-mail"),
        ("B-PER _", "B-PER O"),
        ("name=B-PER SpaceAfter=No|name=O _", "B-PER O O"),
        ("B-PER,B-LOC I-PER|B-LOC O O;B-X B_PER,B-LOC", "B-PER I-PER O O B-PER"),
        # What is not certain is not read.
        ("O PER,B-LOC B,B-LOC", "O ? ?"),
        ("NN O VBD", "? O ?"),
        ("O _", "O ?"),
        ("B-PER O PER", "B-PER O ?"),
        ("PER LOC", "? ?"),
        ("O O-PER B XYZ", "O ? ? ?"),
    ],
)
def test_what_tags_mean(written, meant):
    tags = written.split()
    spelling = read_spelling(tags)
    assert [spelling.tags.get(tag, "?") for tag in tags] == meant.split()
    if "=" in written:
        return
    changed = {tag for tag in tags if spelling.tags.get(tag, tag) != tag}
    assert changed == {tag for tag in spelling.repairs if tag in tags}


def test_plain_types_by_option():
    assert read_spelling(["gene", "O"]).tags == {"O": "O"}
    assert read_spelling(["gene", "O"], plain_types=True).tags == {"gene": "I-gene", "O": "O"}


def test_share_of_tags():
    assert share_of_tags({"O": 8, "B-PER": 1, "x": 1}) == 0.9
    assert share_of_tags({"-": 3}) == share_of_tags({}) == 0.0
