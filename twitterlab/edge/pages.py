"""What the door serves beside the API: the OpenAPI document, and the page for the browser."""

from __future__ import annotations

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from twitterlab import __version__

CLIENT = (
    "/", "/t/{id}", "/@{handle}", "/@{handle}/{which}", "/notifications", "/search", "/messages", "/messages/{id}", "/settings",
)  # fmt: skip
"""Addresses that the page in the browser knows, as `web/app.js` has them."""
WEB = Path(__file__).with_name("web")


def pages() -> tuple[BaseRoute, ...]:
    """Routes that need no session."""
    return (
        Route("/openapi.json", _openapi),
        Mount("/web", StaticFiles(directory=WEB)),
        *(Route(path, _page) for path in CLIENT),
    )


async def _openapi(request: Request) -> Response:
    from twitterlab.edge.openapi import document

    return Response(msgspec.json.encode(document(__version__)), media_type="application/json")


async def _page(request: Request) -> Response:
    """The client finds its own way: each of its addresses shows the same page."""
    return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})
