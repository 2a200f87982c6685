"""Whose work the running code does, so that a request is followed from node to node, with its time."""

from __future__ import annotations

from contextvars import ContextVar

from twitterlab.world.frames import Span


class Work:
    """One node's share of one request, and where its time went so far."""

    __slots__ = ("cpu_ns", "queued_ns", "request", "span")

    def __init__(self, request: int, span: int) -> None:
        self.request, self.span = request, span
        self.queued_ns = self.cpu_ns = 0

    def as_parent(self) -> Span:
        return Span(self.request, self.span)


WORK: ContextVar[Work | None] = ContextVar("twitterlab_work", default=None)
"""The work at hand; None where no request is being served."""
