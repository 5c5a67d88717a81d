"""A limit on what a client may send, kept while it is received."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Of a body that is too large, this many times the limit are still received, and thrown away: most
# clients read the answer only when they have sent all.
_RECEIVED = 16


class BodyLimit:
    """
    An ASGI middleware that answers a request with status 413 if its body is too large. Not more of
    the body than the limit is held in memory.

    # Parameters

    app : `ASGIApp`, required.
    max_bytes : `int`, required.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received <= self._max_bytes:
                return message
            while message.get("more_body", False) and received <= _RECEIVED * self._max_bytes:
                message = await receive()
                received += len(message.get("body", b""))
            raise HTTPException(
                413,
                "the request is too large: this server takes at most "
                f"{self._max_bytes / 2**20:.3g} MB at once; send the text in parts, in UTF-8 "
                "rather than in \\u escapes, or start the server with a larger --max-megabytes",
                {"Connection": "close"},
            )

        await self._app(scope, receive_within_limit, send)
