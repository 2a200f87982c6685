"""The door: an ASGI application over one client. It reads, authorises, limits, calls, and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as AsgiRoute

from twitterlab.edge import analytics_routes, media_routes, people_routes, problems, reading, tweet_routes, xray_routes  # noqa: F401 - they fill the table
from twitterlab.edge.accounts import Accounts
from twitterlab.edge.guards import OneHost, Unbroken
from twitterlab.edge.headers import SecurityHeaders
from twitterlab.edge.metrics import Counted, Metrics
from twitterlab.edge.route import ROUTES, Call, Picture, Route
from twitterlab.edge.shapes import SESSION_MS, Session, TweetShape
from twitterlab.edge.xray import Xray
from twitterlab.errors import Failure, Refused
from twitterlab.parts.given import Clock
from twitterlab.platform.client import Client
from twitterlab.platform.limits import Limit, RateLimits
from twitterlab.storage.media.port import Media

JSON = "application/json"
KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Disposition": "inline"}
"""A name tells the content, so a copy is never out of date."""
WINDOW_MS = 15 * 60_000
REQUESTS: Mapping[str, Limit] = MappingProxyType({"request": Limit(9_000, WINDOW_MS)})
"""Ten requests a second a person, or an address without a session, for fifteen minutes."""


@dataclass(frozen=True, slots=True)
class Door:
    """What the routes need. `is_secure` marks cookies for HTTPS only."""

    client: Client
    accounts: Accounts
    media: Media
    clock: Clock
    limits: RateLimits
    is_secure: bool = False
    xray: Xray | None = None
    more: tuple[BaseRoute, ...] = field(default=())
    metrics: Metrics | None = None

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [AsgiRoute(row.path, self._endpoint(row), methods=[row.method], name=row.name) for row in ROUTES]
        counted = [Middleware(Counted, self.metrics)] if self.metrics is not None else []
        found = Starlette(
            routes=[*_merged(routes), *self.more],
            middleware=[
                *counted,
                Middleware(SecurityHeaders),
                Middleware(OneHost),
                Middleware(GZipMiddleware, minimum_size=1_000),
                Middleware(Unbroken),
            ],
            exception_handlers={HTTPException: _http_problem, 405: _http_problem, 404: _http_problem},
        )
        found.router.redirect_slashes = False  # to an address that the request's Host names
        return found

    def _endpoint(self, row: Route) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                call = await self._call(row, request, headers)
                answer = await self._traced(row, call, headers)
                return _response(row, request, answer, headers, self.is_secure or request.url.scheme == "https")
            except Failure as failure:
                return problems.response(problems.of_failure(failure, request.url.path), headers)

        return endpoint

    async def _traced(self, row: Route, call: Call, headers: dict[str, str]) -> Any:
        if self.xray is None or not call.me:
            return await row.handler(call)
        answer, headers["X-Request-Id"] = await self.xray.request(row.name, call.me, self._noted(row, call))
        return answer

    async def _noted(self, row: Route, call: Call) -> Any:
        """A new tweet's fan-out belongs to the request that made it."""
        answer = await row.handler(call)
        if self.xray is not None and isinstance(answer, TweetShape):
            self.xray.posted(int(answer.id))
        return answer

    async def _call(self, row: Route, request: Request, headers: dict[str, str]) -> Call:
        address = request.client.host if request.client else "unknown"
        token = reading.token(request)
        me = 0
        if row.needs_session:
            if not token:
                self._count(("address", address), headers)
                raise Refused("sign in first: this needs a session", "unauthenticated")
            me = await self.accounts.whose(token)
        else:
            reading.refuse_other_sites(request)
        self._count(("user", me) if me else ("address", address), headers)
        path, query = reading.path(row, request.path_params), reading.query(row, request)
        body = None
        if row.body is Picture:
            body = await reading.picture(request)
        elif row.body is not None:
            body = await reading.body(row, request)
        key = reading.key(request) if row.takes_key else None
        return Call(self.client, self.accounts, self.media, self.xray, me, token, address, path, query, body, key)

    def _count(self, subject: tuple[str, object], headers: dict[str, str]) -> None:
        limit = self.limits.limit("request")
        if limit is None:
            return
        try:
            self.limits.take(subject, "request")
        finally:
            left = self.limits.left(subject, "request")
            headers["RateLimit-Limit"] = str(limit.amount)
            headers["RateLimit-Remaining"] = str(left)
            headers["RateLimit-Reset"] = str((limit.amount - left) * limit.per_ms // limit.amount // 1000)


def _merged(routes: list[AsgiRoute]) -> list[AsgiRoute]:
    """One row a path, so that a wrong method is told from a wrong path."""
    by_path: dict[str, dict[str, AsgiRoute]] = {}
    for route in routes:
        for method in route.methods or ():
            if method != "HEAD":
                by_path.setdefault(route.path, {})[method] = route
    return [_by_method(path, methods) for path, methods in by_path.items()]


def _by_method(path: str, methods: Mapping[str, AsgiRoute]) -> AsgiRoute:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        response: Response = await methods[method].endpoint(request)
        return response

    return AsgiRoute(path, endpoint, methods=list(methods), name=path)


def _response(row: Route, request: Request, answer: Any, headers: dict[str, str], is_secure: bool) -> Response:
    if isinstance(answer, Picture):
        return Response(answer.content, row.status, headers | KEPT, answer.content_type)
    raw = msgspec.json.encode(answer)
    headers["Cache-Control"] = "private, no-cache"
    if row.method == "GET":
        tag = f'W/"{hashlib.blake2b(raw, digest_size=12).hexdigest()}"'  # weak: the same for the compressed form
        headers["ETag"] = tag
        headers["Vary"] = "Authorization, Cookie"
        if reading.knows(request, tag):
            return Response(status_code=304, headers=headers)
    response = Response(raw, row.status, headers, JSON)
    if isinstance(answer, Session):
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            reading.COOKIE, answer.token, SESSION_MS // 1000, httponly=True, samesite="lax", secure=is_secure, path="/"
        )
    if row.name in ("sign_out", "change_password"):
        response.delete_cookie(reading.COOKIE, path="/")
    return response


async def _http_problem(request: Request, error: Exception) -> Response:
    """What Starlette refuses before a route is found."""
    assert isinstance(error, HTTPException)
    kind = {404: "missing", 405: "method"}.get(error.status_code, "malformed")
    detail = {"missing": "there is nothing at this address", "method": "this address does not take this method"}
    return problems.response(
        problems.answer(kind, detail.get(kind, error.detail), request.url.path), error.headers or {}
    )
