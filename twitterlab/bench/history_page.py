"""A history and its verdict as one HTML page: no script, no font, no request; every word from outside escaped.

A valid key shows one order that explains it, an invalid one its contradiction among what went on
meanwhile, an undecided one how far an order was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from twitterlab.bench.contradiction import Contradiction
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.history_drawing import drawing, label
from twitterlab.bench.json_values import shown
from twitterlab.bench.linearizability import KeyVerdict, Linearizability
from twitterlab.bench.models import Model

MOST_KEYS = 20
"""Keys that are drawn: the invalid ones first, then the undecided."""
MOST_OPERATIONS = 150
"""Operations that are drawn of a key."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --quiet: #57606a; --rule: #d0d7de; --bar: #9ecae1;
  --read: #c7e9c0; --bad: #d1242f; --good: #116329; --edge: #54708a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --quiet: #9198a1; --rule: #30363d;
  --bar: #2d5f86; --read: #2f6b3a; --bad: #ff7b72; --good: #56d364; --edge: #79a6cf } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--paper) }
h2 { margin-top: 2.5rem; overflow-wrap: anywhere } .valid { color: var(--good) } .invalid { color: var(--bad) }
.note, .unknown { color: var(--quiet) } .drawing { overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px }
table { border-collapse: collapse } th, td { text-align: left; padding: .15rem 1.5rem .15rem 0;
  border-bottom: 1px solid var(--rule); overflow-wrap: anywhere } td.count { font-variant-numeric: tabular-nums }
svg text { font: 12px ui-monospace, monospace; fill: var(--ink) } svg .who { fill: var(--quiet) }
.life { stroke: var(--rule) } .bar rect { fill: var(--bar); stroke: var(--edge) } .bar.reads rect { fill: var(--read) }
.bar.open rect { stroke-dasharray: 4 3; fill-opacity: .45 } .bar.marked rect { stroke: var(--bad); stroke-width: 2.5 }
.bar.marked text { fill: var(--bad); font-weight: 700 } .point { fill: var(--ink); stroke: var(--paper) }
svg .number { font-size: 10px; text-anchor: middle; fill: var(--quiet) }
"""


def history_page(
    title: str, answer: Linearizability, model: Model, contradictions: Mapping[Any, Contradiction] = {}
) -> str:
    """The page as text. `contradictions` are those of invalid keys, by key."""
    worst = {"invalid": 0, "unknown": 1, "valid": 2}
    keys = sorted(answer.keys, key=lambda key: worst[key.verdict])
    count = sum(len(key.operations) for key in answer.keys)
    sections = "".join(_section(key, model, contradictions.get(key.key)) for key in keys[:MOST_KEYS])
    more = f"<p class='note'>{len(keys) - MOST_KEYS:,} more keys are not drawn.</p>" if len(keys) > MOST_KEYS else ""
    about = (
        f"{count:,} operations on {len(answer.keys):,} keys, judged as {escape(model.name)}. {_MEANING[answer.verdict]}"
    )
    note = " A numbered point is where it took effect."
    return page(title, answer.verdict, about, sections + more, note)


def page(title: str, verdict: str, about: str, sections: str, note: str = "") -> str:
    """A page around sections that are HTML already, as `about` is. `note` says more of the drawings."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(_printable(title))}: {verdict}</title><style>{_STYLE}</style></head><body>
<h1>{escape(_printable(title))}: <span class="{verdict}">{verdict}</span></h1>
<p>{about}</p>
<p class="note">A bar runs from an operation's call to its answer, in the order of the file's events; a dashed one has
no answer and may have taken effect at any later time, or never.{note}</p>
{sections}
</body></html>
"""


_MEANING = {
    "valid": "One copy, used by one client at a time, could have given these answers.",
    "invalid": "No single copy, used by one client at a time, could have given these answers.",
    "unknown": "Time or memory did not suffice to decide.",
}


def _section(answer: KeyVerdict, model: Model, found: Contradiction | None) -> str:
    heading = f"<h2>Key {escape(shown(answer.key, 60))}: <span class='{answer.verdict}'>{answer.verdict}</span></h2>"
    if found:
        return heading + _contradiction(answer, model, found)
    if answer.verdict == "valid":
        told = "Taken in the order of their points, the operations explain every answer."
        return heading + f"<p>{told}</p>" + _drawn(answer.operations, model, answer.order)
    told = f"The longest beginning of an order that was found has {len(answer.order):,} operations; it is drawn."
    return heading + f"<p>{told}</p>" + _drawn(answer.operations, model, answer.order)


def _contradiction(answer: KeyVerdict, model: Model, found: Contradiction) -> str:
    first, last = found.window
    core = {operation.invoked for operation in found.core}
    around = [o for o in answer.operations if o.invoked <= last and o.returned >= first and o.invoked not in core]
    members = [o for o in answer.operations if o.invoked in core]
    shown_around = around[-max(0, MOST_OPERATIONS - len(members)) :]
    rows = "".join(
        f"<tr><td>{escape(shown(o.process, 40))}</td><td>{escape(label(o, model.reads, 200))}</td>"
        f"<td class='count'>{o.line}</td><td class='count'>{'no answer by then' if o.returned == OPEN else o.end_line}</td></tr>"
        for o in found.core
    )
    drawn = sorted([*members, *shown_around], key=lambda o: o.invoked)
    return (
        f"<p>{in_words(found)}</p><table><thead><tr><th>Process</th><th>Operation</th><th>Called in line</th>"
        f"<th>Answered in line</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<p class='note'>Below, these in red among what went on meanwhile"
        f"{_left_out(len(around) - len(shown_around))}.</p>"
        f"<div class='drawing'>{drawing(drawn, model.reads, (), core)}</div>"
    )


def in_words(found: Contradiction) -> str:
    """The contradiction in words."""
    whatever = ", whatever the value was before" if found.is_from_anywhere else ""
    these = "This operation" if len(found.core) == 1 else f"No order of these {len(found.core)} operations"
    verb = "cannot have been answered so" if len(found.core) == 1 else "explains their answers"
    return (
        f"Up to the answer in line {found.breaking.end_line} an order exists; with it there is none. "
        f"{these} {verb}{whatever}."
    )


def _drawn(operations: Sequence[Operation], model: Model, order: Sequence[Operation]) -> str:
    first = sorted(operations, key=lambda o: o.invoked)[:MOST_OPERATIONS]
    last = max((o.invoked for o in first), default=0)
    points = [o for o in order if o.invoked <= last]
    note = _left_out(len(operations) - len(first))
    return f"<div class='drawing'>{drawing(first, model.reads, points)}</div>" + (
        f"<p class='note'>The beginning{note}.</p>" if note else ""
    )


def _left_out(count: int) -> str:
    return f"; {count:,} operations are left out" if count > 0 else ""


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
