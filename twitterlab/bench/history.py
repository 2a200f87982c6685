"""Histories: what clients asked, when, and what they were told. One JSON object a line.

    {"process": 3, "type": "invoke|ok|fail|info", "f": "read|write|…", "key": k, "value": v, "time": ns}

`invoke` opens an operation of a process; `ok` ends it, `fail` says it took no effect, `info` that it
may have, now or at any later time. A process has one operation open at a time and may go on after an
`info`; what is still open at the end counts as `info`. `time` only orders lines: where it is left out
or equal, the order of the file holds. The format is documented in docs/reference/history.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from twitterlab.bench.collecting import no_collection
from twitterlab.bench.json_values import decoded, frozen, thawed
from twitterlab.errors import BadInput

Outcome = Literal["ok", "info", "fail"]
OPEN = 1 << 62
"""The `returned` of an operation whose end nobody saw."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call and its answer. Values are frozen JSON.

    `invoked` and `returned` are places in the order of events, counted from 1; `line` is where the file
    has the call and `end_line` where it has the answer, 0 when there is none.
    """

    process: int | str
    f: str
    key: Any
    argument: Any
    result: Any
    outcome: Outcome
    invoked: int
    returned: int
    line: int = 0
    end_line: int = 0


class Vocabulary(Protocol):
    """What a reader of histories knows of the operations that may occur."""

    @property
    def functions(self) -> frozenset[str]:
        """The names that `f` may have."""
        ...

    def objection(self, event: dict[str, Any]) -> str:
        """What is wrong with an `invoke` or `ok`, its values still plain JSON; empty when nothing."""
        ...


class _Event(NamedTuple):
    line: int
    time: float
    fields: dict[str, Any]


def read_history(path: Path, vocabulary: Vocabulary | None = None) -> list[Operation]:
    """The operations of a file, without the failed ones. BadInput names the line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the history {path}: {error.strerror}", "give a file of JSON lines") from None
    return parse_history(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), str(path), vocabulary)


def parse_history(
    lines: Iterable[str | bytes], name: str = "history", vocabulary: Vocabulary | None = None
) -> list[Operation]:
    """The operations of JSON lines, in order of invocation, without the failed ones."""
    return [o for o in parse_attempts(lines, name, vocabulary) if o.outcome != "fail"]


@no_collection()
def parse_attempts(
    lines: Iterable[str | bytes], name: str = "history", vocabulary: Vocabulary | None = None
) -> list[Operation]:
    """The operations of JSON lines, in order of invocation, the failed ones among them."""
    opened: dict[int | str, tuple[int, _Event]] = {}
    operations: list[Operation] = []
    for place, event in enumerate(_in_order(_events(lines, name, vocabulary)), 1):
        process, where = event.fields["process"], f"{name}, line {event.line}"
        if event.fields["type"] == "invoke":
            if process in opened:
                began = opened[process][1].line
                raise BadInput(f"{where}: process {process!r} already has an operation open, since line {began}")
            opened[process] = (place, event)
        elif process not in opened:
            raise BadInput(f"{where}: process {process!r} ends an operation it never began")
        else:
            invoked, call = opened.pop(process)
            if difference := _difference(call.fields, event.fields):
                raise BadInput(f"{where}: process {process!r} ends another operation than it began: {difference}")
            operations.append(_operation(invoked, call, place, event))
    operations += [_operation(invoked, call, OPEN, None) for invoked, call in opened.values()]
    return sorted(operations, key=lambda operation: operation.invoked)


def _events(lines: Iterable[str | bytes], name: str, vocabulary: Vocabulary | None) -> list[_Event]:
    """The lines that hold something. A line without a time happens with the line before it."""
    events: list[_Event] = []
    time: float = float("-inf")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = decoded(line if isinstance(line, str) else line.decode())
            if wrong := _objection(fields, vocabulary):
                raise ValueError(wrong)
            for name_of_value in {"key", "value"} & fields.keys():  # nested too deeply? say so here, with the line
                fields[name_of_value] = frozen(fields[name_of_value])
        except UnicodeDecodeError:
            raise BadInput(f"{name}, line {number}: not UTF-8 text") from None
        except ValueError as error:
            raise BadInput(f"{name}, line {number}: {error}") from None
        given = fields.get("time")
        time = time if given is None else given
        events.append(_Event(number, time, fields))
    return events


def _in_order(events: list[_Event]) -> list[_Event]:
    return sorted(events, key=lambda event: event.time)


def _objection(fields: Any, vocabulary: Vocabulary | None) -> str:
    if not isinstance(fields, dict):
        return "not a JSON object"
    process, kind, f, time = (fields.get(name) for name in ("process", "type", "f", "time"))
    if isinstance(process, bool) or not isinstance(process, int | str):
        return "`process` must be a whole number or a name"
    if kind not in ("invoke", "ok", "fail", "info"):
        return f"`type` must be invoke, ok, fail or info, not {kind!r}"
    if not isinstance(f, str):
        return "`f` must be the name of an operation"
    if isinstance(time, bool) or not isinstance(time, int | float | None):
        return "`time` must be a number of nanoseconds"
    if vocabulary is None:
        return ""
    if f not in vocabulary.functions:
        return f"the model has no operation {f!r}; it has {', '.join(sorted(vocabulary.functions))}"
    return vocabulary.objection(fields) if kind in ("invoke", "ok") else ""


def _difference(call: dict[str, Any], end: dict[str, Any]) -> str:
    if call["f"] != end["f"]:
        return f"it began {call['f']!r} and ends {end['f']!r}"
    if "key" in end and call.get("key") != end["key"]:
        return f"it began on key {thawed(call.get('key'))!r} and ends on {thawed(end['key'])!r}"
    return ""


def _operation(invoked: int, call: _Event, place: int, end: _Event | None) -> Operation:
    outcome: Outcome = end.fields["type"] if end else "info"
    fields = call.fields
    return Operation(
        process=fields["process"],
        f=fields["f"],
        key=fields.get("key"),
        argument=fields.get("value"),
        result=end.fields.get("value") if end and outcome == "ok" else None,
        outcome=outcome,
        invoked=invoked,
        returned=OPEN if outcome == "info" else place,
        line=call.line,
        end_line=end.line if end else 0,
    )
