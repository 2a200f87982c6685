"""Reading a request: from bytes to a `Call`, or a `Refused` that says what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import ClientDisconnect, HTTPConnection, Request

from twitterlab.edge.route import MAX_ID, Param, Picture, Route
from twitterlab.errors import Refused
from twitterlab.storage.media.port import NAME

MAX_BODY = 64 * 1024
MAX_PICTURE = 5_000_000
BODY_WITHIN_S = 10
COOKIE = "session"
DIGITS = re.compile(r"[0-9]{1,19}")
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
PATTERNS = {"handle": HANDLE, "name": NAME, "request": re.compile(r"[0-9a-f]{1,16}")}
KEY = re.compile(r"[\x21-\x7e]{1,100}")
SAFE = ("GET", "HEAD", "OPTIONS")


def token(request: Request) -> str:
    """The session's token from the header or, from our own pages only, the cookie; "" without one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    kept = request.cookies.get(COOKIE, "")
    if kept and request.method not in SAFE and not is_from_our_page(request):
        raise Refused("this request comes from another site's page", "forbidden")
    return kept


def refuse_other_sites(request: Request) -> None:
    """A browser that says it acts for another site's page signs nobody in or up."""
    said = request.headers.get("origin", request.headers.get("sec-fetch-site"))
    if request.method not in SAFE and said not in (None, "none") and not is_from_our_page(request):
        raise Refused("this request comes from another site's page", "forbidden")


def is_from_our_page(request: HTTPConnection) -> bool:
    """Whether a browser says that a page of ours sent this. Silence is a no."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site") == "same-origin"


def path(route: Route, given: Mapping[str, str]) -> dict[str, Any]:
    """Path parameters: ids as numbers."""
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name.endswith("_id"):
            read[name] = identifier(value, name)
        elif PATTERNS[name].fullmatch(value):
            read[name] = value
        else:
            raise Refused(f"there is no {name} like this", "missing")
    return read


def query(route: Route, request: Request) -> dict[str, Any]:
    """Query parameters, each at most once; one that the route does not know is refused."""
    known = {param.name: param for param in route.query}
    given = request.query_params.multi_items()
    for name, _ in given:
        if name not in known:
            raise Refused(f"there is no parameter {name[:50]!r}; there are: {', '.join(known) or 'none'}", "malformed")
    if len(dict(given)) != len(given):
        raise Refused("a parameter is given twice", "malformed")
    values = dict(given)
    return {name: _value(param, values.get(name)) for name, param in known.items()}


def identifier(text: str, name: str) -> int:
    """A 64-bit id."""
    if not DIGITS.fullmatch(text) or int(text) > MAX_ID:
        raise Refused(f"{name} is not an id", "invalid")
    return int(text)


def knows(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names this weak tag, or any (RFC 9110, section 13.1.2)."""
    given = request.headers.get("if-none-match", "")
    names = {known.strip().removeprefix("W/") for known in given.split(",")}
    return given.strip() == "*" or tag.removeprefix("W/") in names


def key(request: Request) -> str | None:
    """The idempotency key."""
    given = request.headers.get("idempotency-key")
    if given is not None and not KEY.fullmatch(given):
        raise Refused("an Idempotency-Key is 1 to 100 visible ASCII characters", "malformed")
    return given


async def body(route: Route, request: Request) -> Any:
    """The JSON body as the route's struct."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Refused("send JSON, as application/json", "media-type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused("send it as it is, not compressed", "media-type")
    raw = await received(request, MAX_BODY)
    try:
        return msgspec.json.decode(raw, type=route.body)
    except msgspec.ValidationError as error:
        raise Refused(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"the body is not JSON: {error}", "malformed") from None


async def picture(request: Request) -> Picture:
    """The body as a picture."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Picture(await received(request, MAX_PICTURE), content_type)


async def received(request: Request, most: int) -> bytes:
    """The whole body: at most `most` bytes, within `BODY_WITHIN_S`."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most:
        raise Refused(f"a body is at most {most} bytes", "too-large")
    chunks = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > most:
                    raise Refused(f"a body is at most {most} bytes", "too-large")
    except TimeoutError:
        raise Refused(f"the body did not arrive within {BODY_WITHIN_S} s", "too-slow") from None
    except ClientDisconnect:
        raise Refused("the body ended early", "malformed") from None
    return bytes(chunks)


def _value(param: Param, given: str | None) -> Any:
    if given is None:
        if param.is_required:
            raise Refused(f"the parameter {param.name} is missing", "malformed")
        return param.default
    if param.kind == "int":
        if not re.fullmatch(r"[0-9]{1,9}", given) or not param.least <= int(given) <= param.most:
            raise Refused(f"{param.name} is a number from {param.least} to {param.most}")
        return int(given)
    if param.kind == "id":
        return identifier(given, param.name)
    if not param.least <= len(given) <= param.most or "\0" in given:
        raise Refused(f"{param.name} is {param.least} to {param.most} characters")
    return given
