"""What a child process may use: seconds, memory, bytes written. A class is not stalled by one endless loop."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

RESERVE_MB = 256
"""Above the memory limit, and opened only to say that the limit was met."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one check. Wall seconds are the parent's to enforce, the rest the kernel's.

    Windows keeps the wall limit only; macOS does not bound memory.
    """

    wall_s: float = 10.0
    cpu_s: int = 15
    memory_mb: int = 1_024
    output_bytes: int = 1_000_000
    open_files: int = 1_024


def apply(limits: Limits) -> None:
    """Bound this process: memory, bytes a file may hold, open files, no core dump."""
    try:
        import resource
    except ImportError:  # Windows
        return
    mebi = 1 << 20
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits.memory_mb * mebi, (limits.memory_mb + RESERVE_MB) * mebi),
        (resource.RLIMIT_FSIZE, limits.output_bytes, limits.output_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a kernel that does not know it, or a lower bound in force
            resource.setrlimit(kind, (soft, hard))


def allow_cpu(limits: Limits) -> None:
    """From now on this process may use `limits.cpu_s` more seconds of processor time."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_s
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def open_reserve() -> None:
    """Let this process use the reserve, so that it can report that memory ran out."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
