"""What can go wrong, as data: the faults, a schedule of them, and how each is said in words.

A fault says what happens; `Scheduled` says when, to whom and for how long. Targets are names of
nodes, or `region:NAME` and `zone:REGION/NAME`; a link is any pair of targets. The list follows what
others found to matter: TigerBeetle's and FoundationDB's simulators, Jepsen's nemeses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crash:
    """The process dies between two instructions and loses its memory. Its machine answers callers at once
    (`Refused`) and keeps what was written. If it `loses_power` too, nobody answers, and each write that was not
    synced is lost, kept or torn. Ends with a restart."""

    loses_power: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """The process stands still, as under a debugger or a long collection, and then goes on as if nothing was."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Its processor and its disk take `factor` times as long: a grey failure."""

    factor: float = 10.0


@dataclass(frozen=True, slots=True)
class Partition:
    """No message passes from the targets to `against` (empty: to everybody else), nor back unless
    `is_one_way`. Naming some of the others makes it partial. With `flap_ms` it opens and closes."""

    against: tuple[str, ...] = ()
    is_one_way: bool = False
    flap_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Lossy:
    """Each message between the targets and anyone is lost with this probability."""

    probability: float = 0.1


@dataclass(frozen=True, slots=True)
class Duplicating:
    """Each message is delivered twice with this probability."""

    probability: float = 0.1


@dataclass(frozen=True, slots=True)
class Reordering:
    """Each message is held back by up to `delay_ms` with this probability, and others overtake it."""

    probability: float = 0.1
    delay_ms: float = 50.0


@dataclass(frozen=True, slots=True)
class Delay:
    """Each message takes this much longer: a clogged link."""

    extra_ms: float = 100.0


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The machine's clock shows this much more (or less) than the time. Ends with a step back."""

    step_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class ClockDrift:
    """The machine's clock runs this much too fast, in millionths (200 is 17 s a day)."""

    ppm: int = 200


@dataclass(frozen=True, slots=True)
class DiskFull:
    """Writes are refused until it ends."""


@dataclass(frozen=True, slots=True)
class DiskCorruption:
    """One byte of every file flips: what a disk does without saying so. It does not heal."""


Fault = (
    Crash | Pause | Slow | Partition | Lossy | Duplicating | Reordering | Delay | ClockStep | ClockDrift
    | DiskFull | DiskCorruption
)  # fmt: skip
FAULTS: tuple[type[Fault], ...] = (
    Crash, Pause, Slow, Partition, Lossy, Duplicating, Reordering, Delay, ClockStep, ClockDrift, DiskFull,
    DiskCorruption,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`fault` strikes `targets` at `at_ms` after the start, for `duration_ms` (None: until all is healed)."""

    at_ms: float
    fault: Fault
    targets: tuple[str, ...]
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults, then healing at `heal_ms`, then peace until `until_ms`, in which the system must make progress."""

    faults: tuple[Scheduled, ...]
    heal_ms: float
    until_ms: float
