"""Deliveries: what was sent through a channel and what came out of it: lost, twice, out of order, or never sent.

A channel is an author, a topic, a link; a receiver is a timeline, a queue's reader, a replica.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

Log = Mapping[Hashable, Sequence[Hashable]]
"""Messages by channel, in order."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one receiver had of one channel. `repeated` counts what came again, once for each time; `late` are the
    fewest messages that would have to be moved to have the order in which they were sent."""

    channel: Hashable
    receiver: Hashable
    lost: tuple[Hashable, ...] = ()
    repeated: tuple[Hashable, ...] = ()
    late: tuple[Hashable, ...] = ()
    unsent: tuple[Hashable, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.repeated or self.late or self.unsent)

    @property
    def said(self) -> str:
        kinds = {"lost": self.lost, "repeated": self.repeated, "late": self.late, "never sent": self.unsent}
        parts = [f"{len(some):,} {kind}, {some[0]!r} first" for kind, some in kinds.items() if some]
        return f"{self.receiver} had of {self.channel}: {'; '.join(parts) or 'all, once, in order'}"


def deliveries(
    sent: Log, received: Mapping[Hashable, Log], readers: Mapping[Hashable, Sequence[Hashable]] | None = None
) -> list[Delivery]:
    """Those that are not clean. `received` is by receiver; `readers` says who is due a channel, everybody if left out.

    Messages of a channel are told apart by what they are: no two that were sent are equal.
    """
    found = []
    for receiver, logs in received.items():
        for channel in {**sent, **logs}:
            is_due = readers is None or receiver in readers.get(channel, ())
            judged = judge(channel, receiver, sent.get(channel, ()) if is_due else (), logs.get(channel, ()))
            if not judged.is_clean:
                found.append(judged)
    for channel, due in (readers or {}).items():
        found += [
            Delivery(channel, one, tuple(sent.get(channel, ())))
            for one in due
            if one not in received and sent.get(channel)
        ]
    return found


def judge(channel: Hashable, receiver: Hashable, sent: Sequence[Hashable], received: Sequence[Hashable]) -> Delivery:
    """One channel at one receiver."""
    times = Counter(received)
    place = {message: number for number, message in enumerate(sent)}
    if len(place) < len(sent):
        raise ValueError(f"a message was sent twice through {channel}")
    firsts = [message for message in times if message in place]
    return Delivery(
        channel,
        receiver,
        lost=tuple(message for message in sent if message not in times),
        repeated=tuple(message for message, count in times.items() for _ in range(count - 1)),
        late=tuple(firsts[number] for number in _out_of_order([place[message] for message in firsts])),
        unsent=tuple(message for message in times if message not in place),
    )


def _out_of_order(places: Sequence[int]) -> list[int]:
    """The numbers of those outside one longest increasing subsequence (Schensted, 1961; patience sorting)."""
    tops: list[int] = []
    top_numbers: list[int] = []
    below = [-1] * len(places)
    for number, place in enumerate(places):
        pile = bisect_left(tops, place)
        below[number] = top_numbers[pile - 1] if pile else -1
        tops[pile : pile + 1] = [place]
        top_numbers[pile : pile + 1] = [number]
    kept = set()
    number = top_numbers[-1] if top_numbers else -1
    while number >= 0:
        kept.add(number)
        number = below[number]
    return [number for number in range(len(places)) if number not in kept]
