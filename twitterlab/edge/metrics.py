"""Metrics: what a process counts about its requests and its work, in the text that Prometheus reads.

Requests are told apart by the route's template, never by the address that was asked for: a label has as many values
as there are routes, however many tweets there are. The text is version 0.0.4 of Prometheus' exposition format.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram: client libraries' defaults, and two below them."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
NO_ROUTE, OTHER = "none", "other"
STREAMS = "text/event-stream"
BROKEN = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of now. `kind` is `gauge` or `counter`."""

    name: str
    kind: str
    about: str
    value: float


class Latencies:
    """One histogram: requests up to each bound of `BUCKETS_S`, and beyond the last."""

    __slots__ = ("buckets", "sum_s")

    def __init__(self) -> None:
        self.buckets, self.sum_s = [0] * (len(BUCKETS_S) + 1), 0.0

    def record(self, seconds: float) -> None:
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1
        self.sum_s += seconds


class Metrics:
    """The counts of one process since it began."""

    def __init__(self, stopwatch_ns: Callable[[], int]) -> None:
        self.now_ns = stopwatch_ns
        self.in_progress = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._latencies: dict[tuple[str, str], Latencies] = {}

    def ended(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """A request is over; `seconds` is None for a stream, which lasts as long as its reader likes."""
        self._requests[method, route, status] += 1
        if seconds is None:
            return
        known = self._latencies.get((method, route))
        if known is None:
            known = self._latencies[method, route] = Latencies()
        known.record(seconds)

    def text(self, figures: Iterable[Figure] = ()) -> str:
        """The whole document: what was counted, then `figures`."""
        lines = [*self._counted(), *self._timed()]
        busy = Figure("http_requests_in_progress", "gauge", "Requests that are being answered.", self.in_progress)
        for figure in (busy, *figures):
            lines += (*_head(figure.name, figure.kind, figure.about), f"twitterlab_{figure.name} {figure.value}")
        return "\n".join(lines) + "\n"

    def _counted(self) -> Iterator[str]:
        yield from _head("http_requests_total", "counter", "Requests answered, by route and status.")
        for (method, route, status), count in sorted(self._requests.items()):
            yield f'twitterlab_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'

    def _timed(self) -> Iterator[str]:
        name = "twitterlab_http_request_duration_seconds"
        yield from _head("http_request_duration_seconds", "histogram", "From the request's head to its answer's end.")
        for (method, route), latencies in sorted(self._latencies.items()):
            labels, seen = f'method="{method}",route="{route}"', 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), latencies.buckets, strict=True):
                seen += count
                yield f'{name}_bucket{{{labels},le="{bound}"}} {seen}'
            yield f"{name}_sum{{{labels}}} {latencies.sum_s:.6f}"
            yield f"{name}_count{{{labels}}} {seen}"


class Counted:
    """ASGI middleware: counts and times every HTTP request. WebSockets are counted where they live."""

    def __init__(self, application: ASGIApp, metrics: Metrics) -> None:
        self._application, self._metrics = application, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        metrics, status, is_stream = self._metrics, BROKEN, False

        async def sending(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = any(
                    name == b"content-type" and STREAMS.encode() in value for name, value in message["headers"]
                )
            await send(message)

        started_ns = metrics.now_ns()
        metrics.in_progress += 1
        try:
            await self._application(scope, receive, sending)
        finally:
            metrics.in_progress -= 1
            method, route = scope["method"], scope.get("route")
            seconds = None if is_stream else (metrics.now_ns() - started_ns) / 1e9
            metrics.ended(method if method in METHODS else OTHER, getattr(route, "path", NO_ROUTE), status, seconds)


def _head(name: str, kind: str, about: str) -> tuple[str, str]:
    return f"# HELP twitterlab_{name} {about}", f"# TYPE twitterlab_{name} {kind}"
