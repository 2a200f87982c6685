"""Problems: what a client is told when a call did not succeed (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from twitterlab.edge.shapes import Problem
from twitterlab.errors import Failure, Refused
from twitterlab.platform.limits import Limited

MEDIA_TYPE = "application/problem+json"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
STATUS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "This request cannot be read"),
    "unauthenticated": (401, "Sign in first"),
    "forbidden": (403, "This is not yours to do"),
    "missing": (404, "There is no such thing"),
    "method": (405, "This cannot be done here"),
    "taken": (409, "This is taken already"),
    "too-large": (413, "This is too large"),
    "media-type": (415, "This kind of content is not understood"),
    "invalid": (422, "A value is outside its limits"),
    "upgrade": (426, "This is spoken over another protocol"),
    "limited": (429, "Too much at once"),
    "failed": (500, "Something broke on our side"),
    "unavailable": (503, "Not now"),
    "uncertain": (503, "This may or may not have happened"),
    "too-slow": (408, "The request took too long to arrive"),
}
"""Name of a problem to its status and title. A `Refused` names its problem by its kind."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A problem on its way out, with the headers it needs."""

    problem: Problem
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(kind: str, detail: str, instance: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A problem by name."""
    status, title = STATUS[kind]
    return Answer(Problem(kind, title, status, detail, instance), headers or {})


def response(problem: Answer, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """It on the wire. It is kept by nobody: the next try may end otherwise."""
    raw = msgspec.json.encode(problem.problem)
    return Response(
        raw, problem.problem.status, {"Cache-Control": "no-store", **headers, **problem.headers}, MEDIA_TYPE
    )


def of_failure(failure: Failure, instance: str) -> Answer:
    """The problem that a failure of the platform is."""
    if isinstance(failure, Limited):
        wait_s = math.ceil(failure.retry_after_ms / 1000)
        return answer("limited", failure.reason, instance, {"Retry-After": str(max(1, wait_s))})
    if isinstance(failure, Refused):
        kind = failure.kind if failure.kind in STATUS else "invalid"
        headers = {"WWW-Authenticate": "Bearer"} if kind == "unauthenticated" else {}
        return answer(kind, failure.reason, instance, headers)
    return answer("uncertain", failure.reason, instance)
