"""What a configuration loses when it goes into an archive, and what it keeps."""

import pytest

from xner_allennlp.common.archives.impersonal_config import impersonal


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
        ("nl:/home/ann/nl.vec", "nl:nl.vec"),
        ("see </home/ann/nl.vec", "see <nl.vec"),
        ("sqlite:////home/ann/db", "db"),
        ("url=sqlite:////home/ann/db", "url=db"),
        ("nl=file://host/home/ann/nl.vec", "nl=nl.vec"),
        ("https://ann:secret@host.org,/home/ann/nl.vec", "https://host.org,nl.vec"),
        ("https://host.org/x.gz?a=b;/home/ann/nl.vec", "https://host.org/x.gz"),
        ("https://host.org/x.gz;/home/ann/nl.vec", "https://host.org/x.gz;nl.vec"),
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
        "http://host/path/to/file",
        "http://host:80/path/to/file",
        "http://host:/path/to/file",
        "http://host.org/web/http://other.org/path",
        "http://[a-z]+/",
        "file:///",
        "",
    ],
)
def test_everything_else_stays(text):
    assert impersonal({text: text}) == {text: text}


def test_what_is_no_text_stays():
    config = {"a": 1, "b": 0.5, "c": None, "d": True, "e": []}
    assert impersonal(config) == config


def test_keys_that_become_the_same_are_numbered():
    config = {"/a/x": 1, "x-2": 2, "/b/x": {"/c/y": 3}, "/c/z": 4, "z": 5}
    expected = {"x": 1, "x-2": 2, "x-3": {"y": 3}, "z-2": 4, "z": 5}
    assert impersonal(config) == expected
    assert list(impersonal(config)) == list(expected)
