"""Another time for a process to live at: what it must not look at then shows that it looked."""

from __future__ import annotations

import datetime
import time
from typing import Any, Self

UNITS = {
    "time": 1, "monotonic": 1, "perf_counter": 1, "time_ns": 10**9, "monotonic_ns": 10**9, "perf_counter_ns": 10**9,
}  # fmt: skip
"""The clocks of `time`, and what a second is on each."""


def live_elsewhen(seconds: int) -> None:
    """From now on every clock of this process shows so many seconds more. It cannot be taken back."""
    for name, unit in UNITS.items():
        real = getattr(time, name)
        setattr(time, name, lambda real=real, shift=seconds * unit: real() + shift)
    for name in ("gmtime", "localtime", "ctime"):
        real = getattr(time, name)
        setattr(time, name, lambda at=None, real=real: real(_now_s() if at is None else at))
    datetime.datetime = _Moment  # type: ignore[misc]
    datetime.date = _Day  # type: ignore[misc]


def _now_s() -> float:
    return time.time()  # noqa: TID251  (the clock that was moved)


class _AsBefore(type):
    """What was one of them before is one still."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.__mro__[1])


class _Moment(datetime.datetime, metaclass=_AsBefore):
    """`datetime` on the moved clock."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(_now_s(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.fromtimestamp(_now_s(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Self:
        return cls.now()


class _Day(datetime.date, metaclass=_AsBefore):
    """`date` on the moved clock."""

    @classmethod
    def today(cls) -> Self:
        return cls.fromtimestamp(_now_s())
