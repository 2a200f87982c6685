"""What people may rely on between a write and the next read of Week 2's system, judged by the checkers.

A profile is a register: `profile` writes it, `page` reads it. An answer says which continent gave it, at which try,
and, for a write, on how many disks it is. A write is *certain* when it was acknowledged at the first try and is on
the disks of both owners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twitterlab.bench.consistency import causal, sessions
from twitterlab.bench.consistency.answer import Answer, Breach
from twitterlab.bench.deciders.attempt import Verdict
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.linearizability import check as check_linearizability
from twitterlab.bench.models import model_named
from twitterlab.stage.scenario import AGAIN, Violation

LIMIT_S = 10.0
BOTH = 2
REGISTER = model_named("register")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """One write or read of a profile. `begin` and `end` are lines of the history, `end` 0 where nobody was answered."""

    client: int
    f: str
    person: int
    value: str | None
    region: str
    is_certain: bool
    begin: int
    end: int


def visits(rows: Sequence[Row]) -> list[Visit]:
    """The profiles that were written and read, in order of their calls; what surely did not happen is left out."""
    opened: dict[int, tuple[int, Row]] = {}
    found = []
    for line, row in enumerate(rows, 1):
        if row["f"] not in ("profile", "page"):
            continue
        if row["type"] == "invoke":
            opened[row["process"]] = (line, row)
            continue
        begin, call = opened.pop(row["process"])
        if row["type"] == "ok":
            found.append(_visit(begin, call, line, row["value"]))
        elif row["type"] == "info" and row["f"] == "profile":
            found.append(_visit(begin, call, 0, {}))
    found += [_visit(begin, call, 0, {}) for begin, call in opened.values() if call["f"] == "profile"]
    return sorted(found, key=lambda visit: visit.begin)


def _visit(begin: int, call: Row, end: int, answer: Row) -> Visit:
    is_write = call["f"] == "profile"
    value = call["value"] if is_write else answer["profile"] or None
    is_certain = answer.get("tries") == 1 and answer.get("copies", BOTH) == BOTH
    client, region = call["process"] % AGAIN, answer.get("region", "")
    return Visit(client, "write" if is_write else "read", call["key"], value, region, is_certain, begin, end)


def operations(found: Iterable[Visit], session_of: Callable[[Visit], str]) -> list[Operation]:
    """The visits for a checker, each in the session that is named."""
    return [
        Operation(
            session_of(visit), visit.f, visit.person, visit.value if visit.f == "write" else None,
            visit.value if visit.f == "read" else None, "ok" if visit.end else "info",
            visit.begin, visit.end or OPEN, visit.begin, visit.end,
        )
        for visit in found
    ]  # fmt: skip


def unread_writes(rows: Sequence[Row]) -> list[Violation]:
    """A page that a continent answers is never older than what it had acknowledged to the same person for certain."""
    found = visits(rows)
    answer = sessions.check(operations(found, _on_a_continent), REGISTER, ["read your writes"], LIMIT_S)
    return [Violation(breach.pattern, breach.said) for breach in _older(answer, found)]


def lost_profiles(rows: Sequence[Row], final: Mapping[int, str | None]) -> list[Violation]:
    """In the end no profile is older than what anybody had written for certain, on whichever continent.

    `final` is each person's profile after the healing.
    """
    found = visits(rows)
    asked = operations(found, _by_client)
    line = len(rows)
    for client in sorted({visit.client for visit in found}):
        for person, value in sorted(final.items()):
            line += 1
            asked.append(Operation(f"{client}", "read", person, None, value, "ok", 2 * line, 2 * line + 1))
    answer = sessions.check(asked, REGISTER, ["read your writes"], LIMIT_S)
    breaches = [breach for breach in _older(answer, found) if not breach.operations[-1].line]  # of a final page
    return [Violation(f"{breach.pattern} in the end", breach.said) for breach in breaches]


def observed(rows: Sequence[Row]) -> dict[str, Verdict]:
    """What the checkers say of this history; only the first is promised."""
    found = visits(rows)
    here, anywhere = operations(found, _on_a_continent), operations(found, _by_client)
    return {
        "read your writes on one continent": sessions.check(here, REGISTER, ["read your writes"], LIMIT_S).verdict,
        "monotonic reads on one continent": sessions.check(here, REGISTER, ["monotonic reads"], LIMIT_S).verdict,
        "a linearizable profile on one continent": check_linearizability(_at_home(found), REGISTER, LIMIT_S).verdict,
        "read your writes anywhere": sessions.check(anywhere, REGISTER, ["read your writes"], LIMIT_S).verdict,
        "causal convergence": causal.check(anywhere, REGISTER, True, LIMIT_S).verdict,
    }


def _older(answer: Answer, found: Sequence[Visit]) -> list[Breach]:
    """The breaches that show what is surely older: a write that is not certain may have been made a second time, by
    the other owner or another continent, and is the last writer then."""
    twice = {(visit.person, visit.value) for visit in found if visit.f == "write" and not visit.is_certain}
    return [one for one in answer.breaches if (one.operations[-1].key, one.operations[-1].result) not in twice]


def _on_a_continent(visit: Visit) -> str:
    is_alone = visit.f == "write" and not visit.is_certain
    return f"{visit.client}, line {visit.begin}" if is_alone else f"{visit.client} in {visit.region}"


def _by_client(visit: Visit) -> str:
    is_alone = visit.f == "write" and not visit.is_certain
    return f"{visit.client}, line {visit.begin}" if is_alone else f"{visit.client}"


def _at_home(found: Sequence[Visit]) -> list[Operation]:
    """Of people whose profile was written on one continent only, and nowhere else, what was asked there."""
    where: dict[int, set[str]] = {}
    for visit in found:
        if visit.f == "write":
            where.setdefault(visit.person, set()).add(visit.region if visit.is_certain else "")
    home = {person: next(iter(regions)) for person, regions in where.items() if len(regions) == 1}
    return operations([one for one in found if one.region and home.get(one.person) == one.region], _by_client)
