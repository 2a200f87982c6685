"""The one record of what happened: versioned JSON lines, and one hash over all of them.

Every event is hashed as it happens, so that two runs are compared in one number. What is kept for
`trace.jsonl` is bounded: faults, state and gauges, and a seeded sample of requests, halved whenever
it outgrows its share, so that what remains is a fair sample of the whole run. A large run follows one
request in so many from the start (`one_in`): what is not followed costs nothing, and is not hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from twitterlab.errors import BadInput
from twitterlab.model.event import TRACE_VERSION, TraceEvent

LIMIT_BYTES = 50_000_000
"""What `trace.jsonl` may weigh."""
FLUSH_LINES = 1_000
"""Lines between two updates of the hash."""
ALL = 1 << 32
KNUTH = 2_654_435_761
"""Spreads consecutive numbers evenly over 32 bits (Knuth, "The Art of Computer Programming", 6.4)."""
NS_PER_MS = 1_000_000
_encode = msgspec.json.Encoder(enc_hook=str).encode
_decode = msgspec.json.decode


class Trace:
    """What happened, in order. `written` counts all events; `dropped` those that are not kept."""

    def __init__(
        self, seed: int = 1, start_ms: int | None = None, limit_bytes: int = LIMIT_BYTES,
        spool: BinaryIO | None = None, one_in: int = 1,
    ) -> None:  # fmt: skip
        self.seed, self.start_ms = seed, start_ms
        self.source = "live"
        self.written = self.dropped = 0
        self._messages = 0
        self._is_sealed = False
        self._last_ns = 0
        self._share = limit_bytes // 2  # half for requests, half for everything else
        self._spool = spool
        self._hash = hashlib.sha256()
        self._unhashed: list[bytes] = []
        self._kept: list[tuple[int, bytes]] = []
        self._kept_bytes = 0
        self._requests: list[tuple[int, int, bytes]] = []
        self._request_bytes = 0
        self._followed = self._threshold = ALL // one_in

    def begin(self, seed: int, start_ms: int, source: str) -> None:
        """Say what is recorded: a run of this seed that began at this Unix time."""
        self.seed, self.start_ms, self.source = seed, start_ms, source

    def seal(self) -> None:
        """The run is over: what its remains still do while they are let go of is not part of it."""
        self._is_sealed = True

    def conclude(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Add what was found out about the run after its end."""
        self._is_sealed = False
        self.event(self._last_ns, kind, fields)
        self.seal()

    def finish(self, fields: Mapping[str, Any]) -> None:
        """Add a last event, how the run came out, and pass everything on to the spool."""
        self.conclude("outcome", fields)
        self._flush()

    def write(self, at_ms: int, kind: str, fields: Mapping[str, Any]) -> None:
        """Add one event at Unix milliseconds."""
        if self.start_ms is None:
            self.start_ms = at_ms
        self.event((at_ms - self.start_ms) * NS_PER_MS, kind, fields)

    def event(self, at_ns: int, kind: str, fields: Mapping[str, Any]) -> None:
        """Add one event at nanoseconds since the start. What is no JSON value is written as `str` has it."""
        if self._is_sealed:
            return
        line = _encode({"at_ns": at_ns, "kind": kind, **fields})
        self.written += 1
        self._last_ns = at_ns
        self._unhashed.append(line)
        if len(self._unhashed) >= FLUSH_LINES:
            self._flush()
        request = fields.get("request")
        if isinstance(request, int) and request > 0:
            self._keep_request(request, line)
        elif self._kept_bytes < self._share:
            self._kept.append((self.written, line))
            self._kept_bytes += len(line) + 1
        else:
            self.dropped += 1

    def follows(self, request: int) -> bool:
        """Whether the events of a request are wanted; 0 is what belongs to none."""
        return request == 0 or (request + self.seed) * KNUTH & 0xFFFFFFFF < self._followed

    def next_message(self) -> int:
        """A number for the next message: 1, 2, 3, ..."""
        self._messages += 1
        return self._messages

    @property
    def sha256(self) -> str:
        """The hash over every event so far, kept or not."""
        self._flush()
        return self._hash.hexdigest()

    @property
    def lines(self) -> list[tuple[int, str, Mapping[str, Any]]]:
        """What is kept, as (Unix milliseconds, kind, fields)."""
        start_ms = self.start_ms or 0
        return [(start_ms + event.at_ns // NS_PER_MS, event.kind, event.fields) for event in self.events()]

    def events(self) -> Iterator[TraceEvent]:
        """What is kept, in order."""
        return map(_event, self._ordered())

    def save(self, path: Path) -> None:
        """Write `trace.jsonl`: a header, the kept events, and a last line with counts and hash."""
        header = {"trace": TRACE_VERSION, "source": self.source, "seed": self.seed, "start_ms": self.start_ms or 0}
        end = {"kind": "end", "written": self.written, "dropped": self.dropped, "sha256": self.sha256}
        with path.open("wb") as out:
            out.write(msgspec.json.encode(header) + b"\n")
            out.writelines(line + b"\n" for line in self._ordered())
            out.write(msgspec.json.encode(end) + b"\n")

    def _ordered(self) -> Iterable[bytes]:
        both = [*self._kept, *((number, line) for number, _, line in self._requests)]
        return (line for _, line in sorted(both))

    def _flush(self) -> None:
        if self._unhashed:
            block = b"\n".join(self._unhashed) + b"\n"
            self._hash.update(block)
            if self._spool is not None:
                self._spool.write(block)
            self._unhashed.clear()

    def _keep_request(self, request: int, line: bytes) -> None:
        """Keep all lines of a request or none: whether, is drawn from the seed and its number."""
        draw = (request + self.seed) * KNUTH & 0xFFFFFFFF
        if draw >= self._threshold:
            self.dropped += 1
            return
        self._requests.append((self.written, draw, line))
        self._request_bytes += len(line) + 1
        while self._request_bytes > self._share:
            self._threshold //= 2
            kept = [row for row in self._requests if row[1] < self._threshold]
            self.dropped += len(self._requests) - len(kept)
            self._requests = kept
            self._request_bytes = sum(len(line) + 1 for _, _, line in kept)


def read_trace(path: Path) -> Iterator[TraceEvent]:
    """The events of a `trace.jsonl`, one at a time. BadInput with the line where it is not one."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                document = _decode(line)
                if number == 1:
                    _check_version(document, path)
                elif document["kind"] != "end":
                    yield _event(line)
            except (msgspec.DecodeError, KeyError, TypeError):
                raise BadInput(f"{path}, line {number}: not an event of a trace", "Run the simulation again") from None


def _check_version(header: Mapping[str, Any], path: Path) -> None:
    if header["trace"] != TRACE_VERSION:
        raise BadInput(f"{path} is a trace of version {header['trace']}, not {TRACE_VERSION}", "Run it again")


def _event(line: bytes) -> TraceEvent:
    fields = _decode(line)
    return TraceEvent(fields.pop("at_ns"), fields.pop("kind"), fields)
