"""Histories of transactions: the lines, `{"f": "txn", "value": [["append", key, value], ["read", key, list]]}`.

With the `invoke` a read has null, with the `ok` the list that was read. Values of a key are appended once in a history,
and so a list that was read names all the transactions that made it (Kingsbury and Alvaro, "Elle", 2020).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from twitterlab.bench.history import Operation, parse_attempts
from twitterlab.errors import BadInput

READS = ("read", "r")
"""What a read may be called: Jepsen's histories say `r`."""


class ListAppend:
    """What a line may hold."""

    name = "list-append"
    functions = frozenset({"txn"})
    reads = frozenset({"txn"})

    def objection(self, event: dict[str, Any]) -> str:
        """What is wrong with an `invoke` or `ok`, its value still plain JSON; empty when nothing."""
        steps = event.get("value")
        if not isinstance(steps, list):
            return "`txn` needs a list of steps as its `value`"
        for step in steps:
            if not (isinstance(step, list) and len(step) == 3 and step[0] in ("append", *READS)):
                return 'a step is ["append", key, value] or ["read", key, list]'
            if step[0] == "append" and step[2] is None:
                return "null cannot be appended"
            if step[0] != "append" and not isinstance(step[2], list if event["type"] == "ok" else None | list):
                return "a read that was answered has a list"
        return ""


def read_transactions(path: Path) -> list[Operation]:
    """The transactions of a file, failed ones among them. BadInput names the line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read the history {path}: {error.strerror}", "give a file of JSON lines") from None
    return parse_transactions(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), str(path))


def parse_transactions(lines: Iterable[str | bytes], name: str = "history") -> list[Operation]:
    """The transactions of JSON lines, in order of invocation, failed ones among them."""
    operations = parse_attempts(lines, name, ListAppend())
    for operation in operations:
        if operation.outcome == "ok" and _asked(operation.argument) != _asked(operation.result):
            raise BadInput(f"{name}, line {operation.end_line}: the transaction ends with other steps than it began")
    return operations


def _asked(steps: Sequence[Any]) -> list[Any]:
    """The steps without what was answered."""
    return [step if step[0] == "append" else step[:2] for step in steps]


def steps_of(operation: Operation) -> Sequence[tuple[str, Any, Any]]:
    """The steps of a transaction; what its reads answered only where it was answered."""
    steps: Sequence[tuple[str, Any, Any]] = operation.result if operation.outcome == "ok" else operation.argument
    return steps
