"""The web application: the page, the endpoint that tags, and one that says what is served."""

import asyncio
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from xner_allennlp.common.errors import InputError
from xner_allennlp.serving.body_limit import BodyLimit
from xner_allennlp.tagger import Tagger
from xner_allennlp.text.surrogates import without_lone_surrogates
from xner_allennlp.version import VERSION

# The page asks nobody but this server for anything, and no script runs but its own.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_REMEDY = 'send {"text": "..."} with the header Content-Type: application/json'


class TextToTag(BaseModel):
    model_config = {"extra": "forbid"}

    text: str = Field(description="A text or document of any length, in the tagger's language.")
    threshold: Union[float, Dict[str, float]] = Field(
        0.0,
        description="Entities of a lower probability are left out: one number from 0 to 1, or one "
        "for each type, as in {'PER': 0.9}; types that are not named have 0.",
    )
    words: bool = Field(
        False, description="Whether the answer also says which sentences and words the text has."
    )


class FoundEntity(BaseModel):
    text: str = Field(description="As it is written.")
    type: str = Field(description="One of the tagger's types.")
    start: int = Field(description="Where it begins, in characters (Unicode code points).")
    end: int = Field(description="Where it ends, exclusive.")
    probability: float = Field(description="What the model gives to exactly this entity.")


class FoundEntities(BaseModel):
    entities: List[FoundEntity] = Field(description="From left to right; they never overlap.")
    sentences: Optional[List[List[Tuple[int, int]]]] = Field(
        None,
        description="Of each sentence where its words begin and end, in characters as of entities, "
        "which begin and end with words; only if `words` was asked for.",
    )


class Health(BaseModel):
    status: str = Field(description="Always ok.")
    tagger: str = Field(description="The name of what is served.")
    entity_types: List[str]
    max_bytes: int = Field(description="The largest request that is taken.")
    version: str = Field(description="Of xner_allennlp.")


class Problem(BaseModel):
    detail: str = Field(description="What is wrong, and what to do.")


def make_application(tagger: Tagger, name: str, max_bytes: int) -> FastAPI:
    """
    # Parameters

    tagger : `Tagger`
        It tags one request at a time, in a thread; the others wait in the order they came in.
    name : `str`
        What people are told that this tagger is.
    max_bytes : `int`
        Requests with a larger body are refused with status 413.
    """
    application = FastAPI(
        title="xner-tagger",
        version=VERSION,
        description=f"Finds named entities ({', '.join(tagger.entity_types)}) with {name}.",
        # FastAPI's pages of documentation would be fetched from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    application.add_middleware(BodyLimit, max_bytes=max_bytes)
    page = Path(__file__).with_name("page.html").read_text("utf-8")
    turn = asyncio.Semaphore(1)
    about = Health(
        status="ok",
        tagger=name,
        entity_types=tagger.entity_types,
        max_bytes=max_bytes,
        version=VERSION,
    )

    @application.exception_handler(RequestValidationError)
    async def refuse_request(request: Request, error: RequestValidationError) -> JSONResponse:
        # FastAPI's own answer has the whole text in it.
        return _problem("; ".join(map(_told, error.errors())))

    @application.exception_handler(400)
    async def refuse_body(request: Request, error: Exception) -> JSONResponse:
        cause = error.__cause__
        if isinstance(cause, UnicodeDecodeError):
            return _problem(
                f"the request is not in {cause.encoding} (byte {cause.start}); send it in UTF-8, "
                "which all JSON is in"
            )
        return _problem(
            "the request cannot be read as JSON: it is nested too deeply, or has a number of too "
            f"many digits; {_REMEDY}"
        )

    @application.exception_handler(InputError)
    async def refuse_input(request: Request, error: InputError) -> JSONResponse:
        return _problem(str(error))

    @application.get("/", include_in_schema=False)
    async def show_page() -> HTMLResponse:
        return HTMLResponse(page, headers=_HEADERS)

    @application.get("/health")
    async def health() -> Health:
        """Says that the server is up, and what it serves."""
        return about

    @application.post(
        "/tag",
        response_model=FoundEntities,
        responses={
            413: {"model": Problem, "description": "The request is too large."},
            422: {"model": Problem, "description": "The request is not what is asked for."},
        },
    )
    async def tag(request: TextToTag) -> Response:
        """Finds the named entities of a text, with their probabilities."""

        # As a whole in the thread: the answer to a long text takes long to be written, too.
        def answer() -> str:
            text = without_lone_surrogates(request.text)  # no answer could repeat them
            found = tagger.tag(text, threshold=request.threshold)
            entities = [FoundEntity(**entity._asdict()) for entity in found]
            sentences = tagger.split(text) if request.words else None
            answered = FoundEntities(entities=entities, sentences=sentences)
            return answered.model_dump_json(exclude_none=True)

        async with turn:
            content = await run_in_threadpool(answer)
        return Response(content, media_type="application/json")

    return application


def _told(error: Dict[str, object]) -> str:
    """In one line what is wrong, and where in the request."""
    place, message = error["loc"], error["msg"]
    assert isinstance(place, tuple)
    if error["type"] == "json_invalid":
        # Its place is a character.
        context = error["ctx"]
        assert isinstance(context, dict)
        return f"the request: {message} at character {place[-1]} ({context['error']}); {_REMEDY}"
    if not place[1:]:
        # JSON under the name of something else, such as curl gives it unasked, is not even parsed.
        return f"the request: {message}; {_REMEDY}"
    return f"{'.'.join(map(str, place[1:]))}: {message}"


def _problem(detail: str) -> JSONResponse:
    return JSONResponse({"detail": without_lone_surrogates(detail)}, 422)
