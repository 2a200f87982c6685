"""FIFO pairs: the search for a queue whose values repeat, over which enqueue met which dequeue.

Once every dequeue is paired with the enqueue of its value, what is left is the order of the pairs, and
a pair may come next if no other enqueue and no other dequeue has to come before it. Choosing both ends
together finds a wrong order of enqueues at once, not a queue's length later. A null is placed where the
queue is empty as soon as it can be: that costs nothing later. A dequeue with an unknown end takes any value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from twitterlab.bench.deciders.attempt import Allowance, Purse, Verdict, window
from twitterlab.bench.deciders.fifo_order import Passage, laid_out
from twitterlab.bench.history import OPEN, Operation

ENTRY_BYTES = 400
"""What a remembered state costs: a tuple, its integers and its place in the set."""


class _State(NamedTuple):
    """What has been placed, as bits, and the latest calls among it."""

    puts: int
    takes: int
    nulls: int
    lost: int
    last_put_call: int
    last_take_call: int


class _Pair(NamedTuple):
    put: int
    take: int | None
    """None: the next lost dequeue took the value."""


class _Side:
    """Operations of one kind in order of their calls; which of them may come next."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = sorted(operations, key=lambda o: o.invoked)

    def first_return(self, placed: int) -> int:
        """The earliest return of those not placed."""
        earliest = OPEN
        for place in range(window(placed)[0], len(self.operations)):
            if self.operations[place].invoked > earliest:
                break
            if not placed >> place & 1:
                earliest = min(earliest, self.operations[place].returned)
        return earliest

    def candidates(self, placed: int) -> list[int]:
        """Those that no other one of them must precede, the first to return in front."""
        limit = self.first_return(placed)
        found = []
        for place in range(window(placed)[0], len(self.operations)):
            if self.operations[place].invoked > limit:
                break
            if not placed >> place & 1:
                found.append(place)
        return sorted(found, key=lambda place: self.operations[place].returned)


class FifoPairs:
    """One queue's search. `verdict` is `unknown` until it is decided."""

    def __init__(self, operations: Sequence[Operation], allowance: Allowance) -> None:
        self.verdict: Verdict = "unknown"
        self.is_full = False
        self.steps = 0
        self._purse = Purse(allowance)
        dequeues = [o for o in operations if o.f == "dequeue"]
        self._puts = _Side([o for o in operations if o.f == "enqueue"])
        self._takes = _Side([o for o in dequeues if o.outcome == "ok" and o.result is not None])
        self._nulls = _Side([o for o in dequeues if o.outcome == "ok" and o.result is None])
        self._lost = sorted((o for o in dequeues if o.outcome == "info"), key=lambda o: o.invoked)
        self._memo: set[tuple[Any, ...]] = set()
        state = self._with_nulls(_State(0, 0, 0, 0, 0, 0))
        self._path: list[_Pair] = []
        self._frames: list[tuple[_State, Iterator[_Pair]]] = [(state, iter(self._moves(state)))]
        self._best: tuple[_Pair, ...] = ()

    @property
    def order(self) -> tuple[Operation, ...]:
        """A linearization when valid, else the longest beginning of one that was found."""
        return self._laid_out(self._best)

    def advance(self, steps: int) -> None:
        """Search on for at most `steps` steps; sets `verdict` when decided."""
        for _ in range(steps):
            self.steps += 1
            state, moves = self._frames[-1]
            if self._is_complete(state):
                self.verdict, self._best = "valid", tuple(self._path)
                return
            pair = next(moves, None)
            if pair is None:
                if len(self._path) > len(self._best):
                    self._best = tuple(self._path)
                self._frames.pop()
                if not self._frames:
                    self.verdict = "invalid"
                    return
                self._path.pop()
                continue
            after = self._with_nulls(self._placed(state, pair))
            if self._is_new(after):
                self._path.append(pair)
                self._frames.append((after, iter(self._moves(after))))
            if self._purse.is_empty:
                self.is_full = True
                self._memo.clear()
                self._purse.give_back()
                return

    def _is_complete(self, state: _State) -> bool:
        return state.takes.bit_count() == len(self._takes.operations) and state.nulls.bit_count() == len(
            self._nulls.operations
        )

    def _is_new(self, state: _State) -> bool:
        entry = (*window(state.puts), *window(state.takes), state.nulls)
        if entry in self._memo:
            return False
        self._memo.add(entry)
        self._purse.spend(ENTRY_BYTES + (entry[1].bit_length() + entry[3].bit_length() + entry[4].bit_length()) // 8)
        return True

    def _moves(self, state: _State) -> list[_Pair]:
        """The pairs that may come next, the first to return in front; equal choices only once."""
        null_return = self._nulls.first_return(state.nulls)
        puts = [p for p in self._puts.candidates(state.puts) if self._puts.operations[p].invoked < null_return]
        takes = [t for t in self._takes.candidates(state.takes) if self._takes.operations[t].invoked < null_return]
        found = []
        for take in takes:
            taking = self._takes.operations[take]
            for put in puts:
                call = self._puts.operations[put].invoked
                if self._puts.operations[put].argument == taking.result and taking.returned > max(
                    call, state.last_put_call
                ):
                    found.append(_Pair(put, take))
        limit = min(null_return, self._takes.first_return(state.takes))
        if state.lost < len(self._lost) and self._lost[state.lost].invoked < limit:
            found += [_Pair(put, None) for put in puts]
        return found

    def _placed(self, state: _State, pair: _Pair) -> _State:
        take = self._lost[state.lost] if pair.take is None else self._takes.operations[pair.take]
        return _State(
            state.puts | 1 << pair.put,
            state.takes if pair.take is None else state.takes | 1 << pair.take,
            state.nulls,
            state.lost + (pair.take is None),
            max(state.last_put_call, self._puts.operations[pair.put].invoked),
            max(state.last_take_call, take.invoked),
        )

    def _with_nulls(self, state: _State) -> _State:
        """The state with every null placed that can be: everything before it began, and nothing after it ended."""
        first_put_return = self._puts.first_return(state.puts)
        first_return = min(first_put_return, self._takes.first_return(state.takes))
        if state.last_take_call > first_put_return:
            return state
        nulls = state.nulls
        for place in self._nulls.candidates(nulls):
            null = self._nulls.operations[place]
            if null.invoked < first_return and null.returned > max(state.last_put_call, state.last_take_call):
                nulls |= 1 << place
        return state if nulls == state.nulls else self._with_nulls(state._replace(nulls=nulls))

    def _laid_out(self, path: Sequence[_Pair]) -> tuple[Operation, ...]:
        state = self._with_nulls(_State(0, 0, 0, 0, 0, 0))
        cuts = [(0, place) for place in range(len(self._nulls.operations)) if state.nulls >> place & 1]
        passages = []
        for count, pair in enumerate(path, 1):
            take = self._lost[state.lost] if pair.take is None else self._takes.operations[pair.take]
            passages.append(Passage(self._puts.operations[pair.put], take))
            before, state = state.nulls, self._with_nulls(self._placed(state, pair))
            cuts += [(count, p) for p in range(len(self._nulls.operations)) if (state.nulls & ~before) >> p & 1]
        left = [o for p, o in enumerate(self._puts.operations) if not state.puts >> p & 1 and o.returned != OPEN]
        passages += [Passage(put, None) for put in left]
        return laid_out(passages, [(cut, self._nulls.operations[place]) for cut, place in cuts]) or ()
