"""Requests: rates and waits of a trace that holds requests and no pulses, a second at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from twitterlab.dashboard.samples import Sample
from twitterlab.model.event import TraceEvent

BUCKET_NS = 1_000_000_000
ACTIONS = ("read", "post", "like", "follow", "search")
"""Kinds of a live run's requests; each has `ms` and `ok`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request; `ms` is how long it took."""

    at_ns: int
    what: str
    ms: float
    is_ok: bool
    who: str = ""


def request_of(event: TraceEvent) -> Request | None:
    """The request that an event tells the end of, None where it tells of something else."""
    fields = event.fields
    ms, start_ns = fields.get("ms"), fields.get("start_ns")
    if event.kind in ACTIONS and isinstance(ms, int | float):
        return Request(event.at_ns, event.kind, float(ms), bool(fields.get("ok", True)), str(fields.get("user_id", "")))
    if event.kind == "call" and not fields.get("parent") and isinstance(start_ns, int | float):
        ms = (event.at_ns - start_ns) / 1e6
        what = f"{fields.get('what', '')} at {fields.get('target', '')}"
        return Request(event.at_ns, what, ms, fields.get("outcome") == "ok", str(fields.get("node", "")))
    return None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The requests since `start_ns`."""

    start_ns: int = 0
    answered: tuple[Request, ...] = ()

    def is_over(self, at_ns: int) -> bool:
        """Whether a request at `at_ns` belongs to a later bucket."""
        return at_ns - self.start_ns >= BUCKET_NS

    def plus(self, request: Request) -> Bucket:
        """One more."""
        return Bucket(self.start_ns, (*self.answered, request))

    def sample(self, errors: int) -> Sample:
        """What they come to. Waits are those of reads where there are any, else of all."""
        reads = [one.ms for one in self.answered if one.what == "read"]
        waits = sorted(reads or [one.ms for one in self.answered])
        seconds = BUCKET_NS / 1e9
        return Sample(
            self.start_ns + BUCKET_NS,
            operations_per_s=len(self.answered) / seconds,
            reads_per_s=len(reads) / seconds,
            posts_per_s=sum(one.what == "post" for one in self.answered) / seconds,
            home_ms_p50=_rank(waits, 0.5),
            home_ms_p99=_rank(waits, 0.99),
            home_ms_p999=_rank(waits, 0.999),
            errors=errors,
        )


NO_BUCKET = Bucket()


def _rank(ordered: list[float], q: float) -> float:
    """Nearest rank; NaN when empty."""
    return ordered[max(1, ceil(q * len(ordered))) - 1] if ordered else float("nan")
