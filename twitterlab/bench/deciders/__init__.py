"""Deciders: how the key of a history is decided, by the best algorithm known for its model and values.

register, cas-register   zones when every written value is new and nothing is a cas, else the search
kv                       zones when every value is new and nothing is an append, else the search
queue                    FIFO order when every value is new, else the search over pairs
set                      growth, always
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twitterlab.bench.deciders import fifo_order, growth, zones
from twitterlab.bench.deciders.attempt import Allowance, Attempt
from twitterlab.bench.deciders.fifo_pairs import FifoPairs
from twitterlab.bench.deciders.outlooks import OutOfReach, Overwritten
from twitterlab.bench.deciders.search import Search
from twitterlab.bench.history import Operation
from twitterlab.bench.models import Model
from twitterlab.bench.models.key_value import replaced
from twitterlab.bench.models.register import written

Decider = Callable[[Sequence[Operation], Model, Allowance], Attempt]


def _register(operations: Sequence[Operation], model: Model, allowance: Allowance) -> Attempt:
    has_cas = any(operation.f == "cas" for operation in operations)
    decided = None if has_cas else zones.decide(operations, model.initial, written)
    return decided or Search(operations, model, Overwritten, allowance)


def _key_value(operations: Sequence[Operation], model: Model, allowance: Allowance) -> Attempt:
    grows = any(operation.f == "append" for operation in operations)
    decided = None if grows else zones.decide(operations, model.initial, replaced)
    return decided or Search(operations, model, OutOfReach, allowance)


def _queue(operations: Sequence[Operation], model: Model, allowance: Allowance) -> Attempt:
    return fifo_order.decide(operations) or FifoPairs(operations, allowance)


def _set(operations: Sequence[Operation], model: Model, allowance: Allowance) -> Attempt:
    return growth.decide(operations)


_DECIDERS: dict[str, Decider] = {
    "register": _register,
    "cas-register": _register,
    "kv": _key_value,
    "queue": _queue,
    "set": _set,
}


def attempt(operations: Sequence[Operation], model: Model, allowance: Allowance) -> Attempt:
    """A way to decide the operations of one key."""
    return _DECIDERS[model.name](model.kept(operations), model, allowance)
