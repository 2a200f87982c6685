"""An answer as one HTML page: each breach in words, its operations in red among what went on meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from twitterlab.bench.consistency.answer import Answer, Breach
from twitterlab.bench.consistency.telling import named
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.history_drawing import drawing
from twitterlab.bench.history_page import page

MOST_DRAWN = 5
"""Breaches that are drawn."""
MOST_OPERATIONS = 80
"""Operations that are drawn around a breach."""
_MEANING = {
    "valid": "Nothing in these answers breaks the promise.",
    "invalid": "These answers break the promise, as each of the following proves by itself.",
    "unknown": "What was judged does not break the promise; not everything could be judged.",
}


def answer_page(title: str, operations: Sequence[Operation], answer: Answer, reads: frozenset[str]) -> str:
    """The page as text. `reads` are the operations whose answer is what matters."""
    drawn = [_section(breach, operations, reads) for breach in answer.breaches[:MOST_DRAWN]]
    more = answer.count - len(drawn)
    left_out = f"<p class='note'>{more:,} more are not drawn.</p>" if more > 0 else ""
    about = (
        f"{answer.operations:,} operations, judged for {escape(answer.consistency)} consistency. "
        f"{_MEANING[answer.verdict]} {escape(answer.reason)}"
    )
    return page(title, answer.verdict, about, "".join(drawn) + left_out or _beginning(operations, reads))


def _beginning(operations: Sequence[Operation], reads: frozenset[str]) -> str:
    first = sorted(operations, key=lambda o: o.invoked)[:MOST_OPERATIONS]
    hidden = len(operations) - len(first)
    note = f"<p class='note'>The beginning; {hidden:,} operations are left out.</p>" if hidden else ""
    return f"<div class='drawing'>{_drawn(first, reads, frozenset())}</div>{note}"


def _section(breach: Breach, operations: Sequence[Operation], reads: frozenset[str]) -> str:
    core = {operation.invoked for operation in breach.operations}
    first = min(operation.invoked for operation in breach.operations)
    last = max(max(o.invoked, o.returned if o.returned != OPEN else 0) for o in breach.operations)
    keys = {operation.key for operation in breach.operations}
    around = [o for o in operations if o.key in keys and first <= o.invoked <= last and o.invoked not in core]
    near = sorted([*breach.operations, *around[-MOST_OPERATIONS:]], key=lambda o: o.invoked)
    hidden = len(around) - MOST_OPERATIONS
    note = f" {hidden:,} operations between them are left out." if hidden > 0 else ""
    return (
        f"<h2><span class='invalid'>{escape(breach.pattern)}</span></h2><p>{escape(breach.said)}.</p>"
        f"<p class='note'>These in red, among what else happened to their keys meanwhile.{note}</p>"
        f"<div class='drawing'>{_drawn(near, reads, core)}</div>"
    )


def _drawn(operations: Sequence[Operation], reads: frozenset[str], core: Collection[int]) -> str:
    """The operations with their keys in their names, for there may be many keys."""
    as_reads = {_with_key(f, key) for f in reads for key in {o.key for o in operations}}
    return drawing([replace(o, f=_with_key(o.f, o.key)) for o in operations], as_reads, (), core)


def _with_key(f: str, key: Any) -> str:
    return f if key is None else f"{f} {named(key)}"
