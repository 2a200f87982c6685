"""Lets work that the simulation cannot see cost time: a database call is instant in virtual time, but not in life.

A storage engine says what it did, `await charge("sqlite.read")`; the node that runs it knows by its
profile how long that takes there, and works that long on one of its cores. Outside of a simulated node,
or where the profile does not name the operation, it costs nothing.
"""

from __future__ import annotations

from twitterlab.world.life import LIFE


async def charge(operation: str) -> None:
    """Spend the time of one `operation` on the node that runs this code."""
    life = LIFE.get()
    if life is not None:
        await life.owner.spend(operation)
