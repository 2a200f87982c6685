"""Histories: what clients asked, when, and what they were told. One JSON object a line.

    {"process": 3, "type": "invoke|ok|fail|info", "f": "read|write|…", "key": k, "value": v, "time": ns}

`invoke` opens an operation of a process; `ok` ends it, `fail` says it took no effect, `info` that it
may have. A process has one operation open at a time, except that it may go on after an `info`. The
order of lines is the order of events; `time` is only drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from twitterlab.errors import BadInput

Outcome = Literal["ok", "info"]
OPEN = 1 << 62
"""The `returned` of an operation whose end nobody saw."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call and its answer. `invoked` and `returned` are line numbers; values are hashable."""

    process: int | str
    f: str
    key: Any
    argument: Any
    result: Any
    outcome: Outcome
    invoked: int
    returned: int
    invoked_ns: int
    returned_ns: int | None


def frozen(value: Any) -> Any:
    """A JSON value made hashable, with `1`, `1.0` and `true` told apart as JSON does."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return ("object", *sorted((key, frozen(item)) for key, item in value.items()))
    return value


def read_history(path: Path) -> list[Operation]:
    """The operations of a file, without the failed ones. BadInput names the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read the history {path}: {error}", "give a file of JSON lines") from None
    return parse_history(text.splitlines(), str(path))


def parse_history(lines: Iterable[str], name: str = "history") -> list[Operation]:
    """The operations of JSON lines, in order of invocation, without the failed ones."""
    opened: dict[int | str, tuple[int, dict[str, Any]]] = {}
    operations: list[Operation] = []

    def close(number: int | None, event: dict[str, Any] | None, process: int | str) -> None:
        invoked, call = opened.pop(process)
        kind = event["type"] if event else "info"
        if kind == "fail":
            return
        operations.append(
            Operation(
                process,
                call["f"],
                frozen(call.get("key")),
                frozen(call.get("value")),
                frozen(event.get("value")) if event and kind == "ok" else None,
                "ok" if kind == "ok" else "info",
                invoked,
                number if kind == "ok" and number is not None else OPEN,
                call.get("time", invoked),
                event.get("time", number) if event and kind == "ok" else None,
            )
        )

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        event = _event(line, f"{name}, line {number}")
        process = event["process"]
        if event["type"] == "invoke":
            if process in opened:
                raise BadInput(f"{name}, line {number}: process {process} already has an operation open")
            opened[process] = (number, event)
        elif process not in opened:
            raise BadInput(f"{name}, line {number}: process {process} ends an operation it never began")
        elif opened[process][1]["f"] != event["f"] or opened[process][1].get("key") != event.get("key"):
            raise BadInput(f"{name}, line {number}: process {process} ends another operation than it began")
        else:
            close(number, event, process)
    for process in list(opened):
        close(None, None, process)
    return sorted(operations, key=lambda operation: operation.invoked)


def _event(line: str, where: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{where}: not JSON ({error})") from None
    if not isinstance(event, dict):
        raise BadInput(f"{where}: not a JSON object")
    if event.get("type") not in ("invoke", "ok", "fail", "info"):
        raise BadInput(f"{where}: `type` must be invoke, ok, fail or info, not {event.get('type')!r}")
    if not isinstance(event.get("process"), int | str) or not isinstance(event.get("f"), str):
        raise BadInput(f"{where}: `process` (a number or a name) and `f` (a word) are needed")
    if not isinstance(event.get("time", 0), int):
        raise BadInput(f"{where}: `time` must be whole nanoseconds")
    return event
