"""Guards: ASGI middleware that answers in place of the routes, where these cannot."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twitterlab.edge import problems

log = logging.getLogger(__name__)


class OneHost:
    """A request of HTTP/1.1 names one host (RFC 9112, section 3.2), or it is refused."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_strict = scope["type"] == "http" and scope["http_version"] == "1.1"
        if is_strict and sum(name == b"host" for name, _ in scope["headers"]) != 1:
            answer = problems.answer("malformed", "a request names one host", scope["path"])
            await problems.response(answer)(scope, receive, send)
            return
        await self._application(scope, receive, send)


class Unbroken:
    """The innermost: our own bug is told to the log, and to the client as a problem like any other."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def sending(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._application(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http" or has_started:
                raise
            log.error("%s %s broke", scope["method"], scope["path"], exc_info=error)
            answer = problems.answer("failed", "it is in our log", scope["path"])
            await problems.response(answer)(scope, receive, send)
