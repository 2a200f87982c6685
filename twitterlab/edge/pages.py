"""What the door serves beside the API: health, the OpenAPI document, and the page for the browser."""

from __future__ import annotations

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from twitterlab import __version__

WEB = Path(__file__).with_name("web")


def pages() -> tuple[BaseRoute, ...]:
    """Routes that need no session."""
    return (
        Route("/health", _health),
        Route("/openapi.json", _openapi),
        Mount("/web", StaticFiles(directory=WEB)),
        Route("/{path:path}", _page),
    )


async def _health(request: Request) -> Response:
    return Response(b'{"status":"ok"}', media_type="application/json")


async def _openapi(request: Request) -> Response:
    from twitterlab.edge.openapi import document

    return Response(msgspec.json.encode(document(__version__)), media_type="application/json")


async def _page(request: Request) -> Response:
    """The client finds its own way: every address shows the same page."""
    return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})
