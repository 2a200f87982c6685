"""How many connections at once the system allows."""

from __future__ import annotations

RESERVED = 100
"""For what else is open."""


def connections(wanted: int) -> int:
    """As many as `wanted` if they may be open at once, else fewer. The limit is raised as far as it may be."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    most = wanted + RESERVED if hard == resource.RLIM_INFINITY else min(wanted + RESERVED, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return min(wanted, soft - RESERVED)
