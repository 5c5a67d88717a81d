"""What a configuration loses when it goes into an archive, and what it keeps."""

import pytest

from xner_allennlp.archives.impersonal_config import impersonal


@pytest.mark.parametrize(
    "text, expected",
    [
        ("/home/ann/nl.vec.gz", "nl.vec.gz"),
        ("/home/ann lee/nl vectors.vec", "nl vectors.vec"),
        ("/data/vectors/", "vectors"),
        ("~/nl.vec", "nl.vec"),
        ("~ann/nl.vec", "nl.vec"),
        ("file:///home/ann/nl.vec", "nl.vec"),
        ("FILE:///home/ann/nl.vec", "nl.vec"),
        ("(/home/ann/vectors.zip)#nl/nl.vec", "(vectors.zip)#nl/nl.vec"),
        ("https://ann:secret@host.org/x.gz", "https://host.org/x.gz"),
        ("https://ann@host.org:80/x.gz?token=secret#part", "https://host.org:80/x.gz"),
        ("s3://bucket/x.gz", "s3://bucket/x.gz"),
        ("(https://ann:secret@host.org/x.zip)#nl.vec", "(https://host.org/x.zip)#nl.vec"),
        ("source=/home/ann/en.vec, target=~/v/nl.vec", "source=en.vec, target=nl.vec"),
    ],
)
def test_what_only_this_machine_knows_goes(text, expected):
    assert impersonal({"key": [text, {text: 1}]}) == {"key": [expected, {expected: 1}]}


@pytest.mark.parametrize(
    "text",
    [
        "fixtures/toy/vectors/source.vec",
        "../runs/mapping.npz",
        "word_embedders\\..*\\.weight",
        "/",
        "~",
        "km/h and/or",
        "model.tar.gz",
        "+target_f1",
        "",
    ],
)
def test_everything_else_stays(text):
    assert impersonal({text: text}) == {text: text}


def test_what_is_no_text_stays():
    config = {"a": 1, "b": 0.5, "c": None, "d": True, "e": []}
    assert impersonal(config) == config
