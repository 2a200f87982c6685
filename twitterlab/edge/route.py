"""Routes: one table of what the API can do. The server, the OpenAPI document and the fuzzer read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from twitterlab.edge.accounts import Accounts
from twitterlab.edge.xray import Xray
from twitterlab.platform.client import MAX_PAGE, PAGE, Client
from twitterlab.storage.media.port import Media

MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Param:
    """A value in the query. `kind` is `str`, `int` or `id`."""

    name: str
    kind: str
    about: str
    default: Any = None
    least: int = 0
    most: int = 0
    is_required: bool = False


CURSOR = Param("cursor", "str", "`next` of the page before; none for the first page", most=64)
LIMIT = Param("limit", "int", "How many items at most", default=PAGE, least=1, most=MAX_PAGE)
PAGED = (CURSOR, LIMIT)


@dataclass(frozen=True, slots=True)
class Picture:
    """A body that is not JSON: bytes and what they are said to be."""

    content: bytes
    content_type: str


@dataclass(slots=True)
class Call:
    """One request, read and checked. `me` is 0 where a route needs no session."""

    client: Client
    accounts: Accounts
    media: Media
    xray: Xray | None
    me: int
    token: str
    address: str
    path: dict[str, Any]
    query: dict[str, Any]
    body: Any
    key: str | None = None

    @property
    def page(self) -> tuple[str | None, int]:
        """Cursor and limit, in the order the client takes them."""
        return self.query["cursor"], self.query["limit"]


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One row. `problems` are the names of problems it can answer beside those that every route can."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    handler: Handler
    body: Any
    answer: Any
    status: int
    query: tuple[Param, ...]
    problems: tuple[str, ...]
    needs_session: bool
    takes_key: bool


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    tag: str,
    answer: Any,
    body: Any = None,
    status: int = 200,
    query: tuple[Param, ...] = (),
    problems: tuple[str, ...] = (),
    needs_session: bool = True,
    takes_key: bool = False,
) -> Callable[[Handler], Handler]:
    """Put a handler into the table; its docstring is the summary."""

    def enter(handler: Handler) -> Handler:
        name = getattr(handler, "__name__", "")
        summary = (handler.__doc__ or "").strip().splitlines()[0]
        ROUTES.append(
            Route(
                method,
                path,
                name,
                summary,
                tag,
                handler,
                body,
                answer,
                status,
                query,
                problems,
                needs_session,
                takes_key,
            )
        )
        return handler

    return enter
