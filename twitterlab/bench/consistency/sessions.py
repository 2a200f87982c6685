"""Session guarantees: what each process may rely on, whatever the others see.

Terry et al., "Session guarantees for weakly consistent replicated data" (1994). A session is a process. A read
breaks a guarantee when it shows a version that is older than one it must not fall behind: the initial value, or a
write that happened before that one. Each broken read is charged to the nearest guarantee:

read your writes      behind what the process itself has written
monotonic reads       behind what it has read of this key, or back to what it had seen replaced
monotonic writes      behind the earlier write of another process, a later one of which it has seen
writes follow reads   behind what another process had read before a write that it has seen
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from twitterlab.bench.collecting import no_collection
from twitterlab.bench.consistency.accesses import INITIAL, WRITE, accesses
from twitterlab.bench.consistency.answer import Answer, Breach, answer
from twitterlab.bench.consistency.happens_before import HappensBefore, TooLarge
from twitterlab.bench.consistency.overtaken import overtaken
from twitterlab.bench.consistency.patterns import first_breaches
from twitterlab.bench.consistency.telling import said
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.world.live import stopwatch_ns

Guarantee = Literal["read your writes", "monotonic reads", "monotonic writes", "writes follow reads"]
GUARANTEES: tuple[Guarantee, ...] = ("read your writes", "monotonic reads", "monotonic writes", "writes follow reads")
BETWEEN_LOOKS = 1_000
"""Reads between two looks at the clock."""


@no_collection()
def check(
    operations: Sequence[Operation],
    model: Model,
    guarantees: Sequence[Guarantee] = GUARANTEES,
    limit_s: float = 30.0,
    now_ns: Callable[[], int] = stopwatch_ns,
) -> Answer:
    """Judge a register or key-value history. BadInput for other operations."""
    deadline = now_ns() + int(limit_s * 1e9)
    found = accesses(operations, model, "a session guarantee")
    breaches = first_breaches(found)
    reason = found.unclear
    if not breaches:
        try:
            for number, breach in enumerate(_Sessions(HappensBefore(found)).breaches()):
                if breach is not None and breach.pattern in guarantees:
                    breaches.append(breach)
                if number % BETWEEN_LOOKS == 0 and now_ns() > deadline:
                    reason = f"not every read was judged in {limit_s:g} s"
                    break
        except TooLarge as problem:
            reason = str(problem)
    return answer("session", len(operations), breaches, reason)


class _Sessions:
    """Every session beside what the others did."""

    def __init__(self, order: HappensBefore) -> None:
        self._order, self._found = order, order.accesses
        self._place = {node: place for session in self._found.sessions for place, node in enumerate(session)}
        self._stale = {
            pair.read for pair in overtaken(order) if pair.source == INITIAL or order.precedes(pair.source, pair.write)
        }
        self._writes: dict[Any, dict[int, list[int]]] = {}
        self._reads: dict[Any, dict[int, list[int]]] = {}
        for node, operation in enumerate(self._found.nodes):
            by_key = self._writes if self._found.source[node] == WRITE else self._reads
            by_key.setdefault(operation.key, {}).setdefault(self._found.session[node], []).append(node)

    def breaches(self) -> Iterator[Breach | None]:
        """For each read in turn what it breaks, or None."""
        for session in self._found.sessions:
            if any(self._found.source[node] != WRITE for node in session):
                yield from self._of_session(session)

    def _of_session(self, session: list[int]) -> Iterator[Breach | None]:
        """Walk a session: `written` and `read` are its last of each key, `seen` the last write it saw of another."""
        written: dict[Any, int] = {}
        read: dict[Any, int] = {}
        replaced: dict[Any, set[int]] = defaultdict(set)
        seen: dict[int, tuple[int, int]] = {}
        for node in session:
            key, source = self._found.nodes[node].key, self._found.source[node]
            if source == WRITE:
                written[key] = node
                continue
            yield (
                self._unread_write(node, written.get(key))
                or self._step_back(node, read.get(key), replaced[key])
                or self._unordered(node, seen)
            )
            if key in read and self._found.source[read[key]] != source:
                replaced[key].add(self._found.source[read[key]])
            read[key] = node
            self._see(node, seen)

    def _see(self, read: int, seen: dict[int, tuple[int, int]]) -> None:
        source = self._found.source[read]
        if source >= 0:
            writer, place = self._found.session[source], self._place[source]
            if writer != self._found.session[read] and (writer not in seen or self._place[seen[writer][0]] < place):
                seen[writer] = (source, read)

    def _is_older(self, source: int, write: int) -> bool:
        return source == INITIAL or (source != write and self._order.precedes(source, write))

    def _unread_write(self, read: int, written: int | None) -> Breach | None:
        if written is None or not self._is_older(self._found.source[read], written):
            return None
        return self._breach("read your writes", "{0}, and then {1}, which is older", (written, read))

    def _step_back(self, read: int, earlier: int | None, replaced: set[int]) -> Breach | None:
        source = self._found.source[read]
        if earlier is None or self._found.source[earlier] in (INITIAL, source):
            return None
        if source not in replaced and not self._is_older(source, self._found.source[earlier]):
            return None
        return self._breach("monotonic reads", "{0}, and then {1}, which is older", (earlier, read))

    def _unordered(self, read: int, seen: dict[int, tuple[int, int]]) -> Breach | None:
        if read not in self._stale:
            return None
        key, source = self._found.nodes[read].key, self._found.source[read]
        for writer, nodes in self._writes.get(key, {}).items():
            earlier = self._last_before(nodes, seen[writer][0]) if writer in seen else None
            if earlier is not None and self._is_older(source, earlier):
                told = "{0}, then {1}; {2}, and then {3}, which is older than the first"
                return self._breach("monotonic writes", told, (earlier, *seen[writer], read))
        for writer, nodes in self._reads.get(key, {}).items():
            earlier = self._last_before(nodes, seen[writer][0]) if writer in seen else None
            basis = INITIAL if earlier is None else self._found.source[earlier]
            if earlier is not None and basis != INITIAL and self._is_older(source, basis):
                told = "{0}, then {1}; {2}, and then {3}, which is older than what the first saw"
                return self._breach("writes follow reads", told, (earlier, *seen[writer], read))
        return None

    def _last_before(self, nodes: list[int], write: int) -> int | None:
        """Of nodes of one session, the last that stands before `write`."""
        place = bisect_left(nodes, self._place[write], key=self._place.__getitem__)
        return nodes[place - 1] if place else None

    def _breach(self, guarantee: Guarantee, told: str, nodes: tuple[int, ...]) -> Breach:
        """The proof in words; what the last read showed is one of its operations too."""
        operations = [self._found.nodes[node] for node in nodes]
        words = told.format(*map(said, operations))
        source = self._found.source[nodes[-1]]
        if source != INITIAL and source not in nodes:
            operations.insert(0, self._found.nodes[source])
        return Breach(guarantee, words, tuple(operations))
