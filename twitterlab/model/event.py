"""What a trace is made of: one kind of event a row, with the fields it carries.

A line of `trace.jsonl` is one event: `at_ns` (nanoseconds since the start of the run), `kind`, and the
fields of its kind. Whatever the platform itself emits (`post`, `alert`, ...) is a kind of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRACE_VERSION = 1
"""It goes up when a field changes its meaning. New kinds and new fields do not change it."""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One event. `fields` are JSON values."""

    at_ns: int
    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventKind:
    """One row of the vocabulary."""

    name: str
    meaning: str
    fields: tuple[str, ...]


EVENT_KINDS: tuple[EventKind, ...] = (
    EventKind("sent", "a message left its node", ("message", "source", "target", "what", "bytes")),
    EventKind(
        "delivered",
        "it reached its machine; twice where the network repeats it",
        ("message", "source", "target", "what"),
    ),
    EventKind("dropped", "it never arrived; `why` is partition or loss", ("message", "source", "target", "why")),
    EventKind(
        "call",
        "a node asked another and has its answer; `parent` is the span it did so for, 0 at the gateway",
        ("request", "span", "parent", "node", "target", "what", "start_ns", "outcome"),
    ),
    EventKind(
        "span",
        "a node has done its share of a request; `parent` is the call that asked",
        ("request", "span", "parent", "node", "what", "start_ns", "queued_ns", "cpu_ns", "outcome"),
    ),
    EventKind("state", "a node changed: up, down, paused, slow", ("node", "state")),
    EventKind("fault", "a fault began, ended, or could not be done (`phase`)", ("phase", "fault", "target")),
    EventKind("healed", "every fault has ended; from here on the system must make progress", ()),
    EventKind("gauge", "a number of a node at a time", ("node", "name", "value")),
    EventKind("log", "a line that a program wrote", ("node", "text")),
)
"""What the simulated world writes. A field `request` marks what belongs to one request."""
SCENARIO_KINDS: tuple[EventKind, ...] = (
    EventKind("history", "a client asks or is told: a line of the history", ("process", "type", "f", "key", "value")),
    EventKind("violation", "a promise was broken, as the judgement at the end found", ("promise",)),
)
"""What a scenario adds."""
