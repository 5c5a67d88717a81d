"""The endpoints, called in this process."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator

import pytest

pytest.importorskip("fastapi", reason="FastAPI comes with the extra serve")

from fastapi.testclient import TestClient  # noqa: E402

from tests.tagger.texts import texts  # noqa: E402
from xner_allennlp import Tagger  # noqa: E402
from xner_allennlp.serving.application import make_application  # noqa: E402

LIMIT = 100_000


@pytest.fixture(name="client")
def _client(exported: Tagger) -> Iterator[TestClient]:
    with TestClient(make_application(exported, "a tagger", LIMIT)) as client:
        yield client


def found(client: TestClient, **request: Any) -> Any:
    answer = client.post("/tag", json=request)
    assert answer.status_code == 200, answer.text
    return [tuple(entity.values()) for entity in answer.json()["entities"]]


def test_entities_are_those_of_the_tagger(client: TestClient, exported: Tagger) -> None:
    document = "😀 " + "\n\n".join(texts(30))
    entities = exported.tag(document)
    assert len(entities) > 20
    assert found(client, text=document) == entities
    assert found(client, text=document, threshold=0.5) == exported.tag(document, threshold=0.5)
    by_type = {"PER": 1.0, "LOC": 0.9}
    assert found(client, text=document, threshold=by_type) == exported.tag(
        document, threshold=by_type
    )
    assert found(client, text="") == found(client, text=" \n\n ") == []


def test_words_are_told_if_asked_for(client: TestClient, exported: Tagger) -> None:
    text = "😀 " + "\n\n".join(texts(30))
    answer = client.post("/tag", json={"text": text, "words": True}).json()
    sentences = [[tuple(word) for word in words] for words in answer["sentences"]]
    assert sentences == exported.split(text)
    begins, ends = (set(places) for places in zip(*(word for words in sentences for word in words)))
    assert all(each["start"] in begins and each["end"] in ends for each in answer["entities"])
    assert "sentences" not in client.post("/tag", json={"text": text}).json()


def test_a_text_that_cannot_be_written(client: TestClient, exported: Tagger) -> None:
    text = "\n\n".join(texts(30))
    broken = text.replace("o", "\ud800")
    body = json.dumps({"text": broken}).encode("ascii")
    answer = client.post("/tag", content=body, headers={"Content-Type": "application/json"})
    entities = [tuple(entity.values()) for entity in answer.json()["entities"]]
    assert entities == exported.tag(text.replace("o", "\ufffd"))
    assert any("\ufffd" in entity[0] for entity in entities)


def test_requests_at_the_same_time(client: TestClient, exported: Tagger) -> None:
    given = texts(30)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: found(client, text=text), given))
    assert answers == [exported.tag(text) for text in given]


@pytest.mark.parametrize(
    "body, message",
    [
        (b"", "the request: Field required"),
        (b"no JSON", "the request: JSON decode error at character 0 (Expecting value); send {"),
        ('{"text": "Máxima"}'.encode("latin-1"), "not in utf-8 (byte 11); send it in UTF-8"),
        (b"[" * 50_000, ""),
        (b'{"text": ' + b"1" * 5_000 + b"}", "a number of too many digits"),
        (b'"text"', "the request: Input should be a valid dictionary"),
        (b"{}", "text: Field required"),
        (b'{"text": 7}', "text: Input should be a valid string"),
        (b'{"text": "", "treshold": 1}', "treshold: Extra inputs are not permitted"),
        (b'{"text": "", "threshold": 2}', "2.0 is no probability"),
        (b'{"text": "", "threshold": NaN}', "nan is no probability"),
        (b'{"text": "", "threshold": {"\\ud800": 1}}', ""),
        (b'{"text": "", "threshold": {"X": 1}}', "names the types X; this tagger finds LOC, MISC"),
    ],
)
def test_wrong_requests(client: TestClient, body: bytes, message: str) -> None:
    answer = client.post("/tag", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert message in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_json_under_another_name(client: TestClient, kind: str) -> None:
    # The first is what `curl -d` says where it is not told.
    answer = client.post("/tag", content=b'{"text": ""}', headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert "with the header Content-Type: application/json" in answer.json()["detail"]


def test_a_refusal_does_not_repeat_the_text(client: TestClient) -> None:
    answer = client.post("/tag", json={"text": ["secret" * 1000]})
    assert answer.status_code == 422 and "secret" not in answer.text


def test_too_large_a_request(client: TestClient) -> None:
    head = len(json.dumps({"text": ""}))
    assert client.post("/tag", json={"text": "x" * (LIMIT - head)}).status_code == 200

    def pieces() -> Iterator[bytes]:
        for _ in range(LIMIT // 1000 * 20):
            yield b"x" * 1000

    # With and without a length in the head.
    for content in (b"x" * (LIMIT + 1), pieces()):
        answer = client.post("/tag", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert "takes at most 0.0954 MB at once" in answer.json()["detail"]


def test_what_is_served(client: TestClient, exported: Tagger) -> None:
    told = client.get("/health").json()
    assert told["status"] == "ok" and told["tagger"] == "a tagger"
    assert told["entity_types"] == exported.entity_types and told["max_bytes"] == LIMIT


def test_the_description(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {path: list(methods) for path, methods in paths.items()} == {
        "/health": ["get"],
        "/tag": ["post"],
    }
    assert set(paths["/tag"]["post"]["responses"]) == {"200", "413", "422"}
    # FastAPI's pages ask another server for their scripts.
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_the_page_may_ask_nobody_else(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
