"""Accesses: the reads and writes of a history, and which write each read saw.

That is known where every value is written once a key. A write without an answer counts where somebody read it, and
then stands after what its process did before and before nothing. Reads of a value that was written twice, or that its
key begins with, are left out: less of a consistent history is consistent, so `invalid` stays right, and `valid`
becomes `unknown`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from twitterlab.bench.consistency.telling import WRITES, named
from twitterlab.bench.history import OPEN, Operation
from twitterlab.bench.json_values import shown
from twitterlab.bench.models import Model
from twitterlab.errors import BadInput

INITIAL = -1
"""The source of a read that saw what its key began with."""
WRITE = -2
"""What stands in `source` for a write."""
READS = frozenset({"read", "get"})


@dataclass(slots=True)
class Accesses:
    """Nodes by number: each an operation, its session, the node before it in the session, and what it read.

    A session is a process, or one write without an answer. `unclear` says why reads were left out.
    """

    nodes: list[Operation] = field(default_factory=list)
    session: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    source: list[int] = field(default_factory=list)
    sessions: list[list[int]] = field(default_factory=list)
    thin_air: list[Operation] = field(default_factory=list)
    unclear: str = ""


def accesses(operations: Sequence[Operation], model: Model, what: str) -> Accesses:
    """The accesses of a register or key-value history. BadInput names the line of any other operation."""
    for operation in operations:
        if operation.f not in READS | WRITES:
            problem = f"line {operation.line}: {what} is defined for reads and writes, not for `{operation.f}`"
            raise BadInput(problem, "choose --consistency linearizable or sequential")
    found = Accesses()
    writers = _writers(operations, model, found)
    kept, sources = _kept(operations, model, writers, found)
    _number(kept, found)
    number_of = {operation.invoked: number for number, operation in enumerate(found.nodes)}
    for operation in found.nodes:
        source = sources.get(operation.invoked, WRITE)
        found.source.append(source if isinstance(source, int) else number_of[source.invoked])
    return found


def is_write(operation: Operation) -> bool:
    return operation.f in WRITES


def _writers(operations: Sequence[Operation], model: Model, found: Accesses) -> dict[Any, Operation | None]:
    """The write of each value of each key; None where two might have been it."""
    writers: dict[Any, Operation | None] = {}
    for operation in operations:
        if not is_write(operation):
            continue
        pair = (operation.key, _held(operation.argument, model))
        if pair in writers or pair[1] == model.initial:
            before = "it began with" if pair not in writers else "was written before"
            found.unclear = found.unclear or (
                f"line {operation.line} writes {shown(operation.argument)} to {named(operation.key)}, which {before}; "
                "give every write a value of its own"
            )
            writers[pair] = None
        else:
            writers[pair] = operation
    return writers


def _held(value: Any, model: Model) -> Any:
    """What a key holds after a write of this value: for a key-value store, null is the empty text."""
    return model.initial if value is None else value


def _kept(
    operations: Sequence[Operation], model: Model, writers: dict[Any, Operation | None], found: Accesses
) -> tuple[list[Operation], dict[int, int | Operation]]:
    """The operations that count, in order of their calls, and the source of each read."""
    sources: dict[int, int | Operation] = {}
    for operation in operations:
        if is_write(operation) or operation.outcome != "ok":
            continue
        pair = (operation.key, _held(operation.result, model))
        writer = writers.get(pair)
        if writer is not None:
            sources[operation.invoked] = writer
        elif pair not in writers and pair[1] == model.initial:
            sources[operation.invoked] = INITIAL
        elif pair not in writers:
            found.thin_air.append(operation)
    read = {source.invoked for source in sources.values() if not isinstance(source, int)}
    kept = [
        o for o in operations if o.invoked in sources or (is_write(o) and (o.returned != OPEN or o.invoked in read))
    ]
    return sorted(kept, key=lambda o: o.invoked), sources


def _number(kept: Sequence[Operation], found: Accesses) -> None:
    """Fill nodes, sessions and what stands before each node."""
    session_of: dict[int | str, int] = {}
    last: dict[int | str, int] = {}
    for node, operation in enumerate(kept):
        process = operation.process
        found.nodes.append(operation)
        found.before.append(last.get(process, -1))
        if operation.returned == OPEN:
            session = len(found.sessions)
            found.sessions.append([])
        else:
            if process not in session_of:
                session_of[process] = len(found.sessions)
                found.sessions.append([])
            session = session_of[process]
            last[process] = node
        found.session.append(session)
        found.sessions[session].append(node)
