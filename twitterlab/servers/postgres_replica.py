"""A PostgreSQL primary and a synchronous standby: a commit is acknowledged when it is on the disks of both.

So nothing acknowledged is lost when the primary dies and the standby is promoted. Nobody promotes it by itself: who
decides that the primary is gone must make sure of it, or there are two. A primary whose standby is gone acknowledges
nothing. Source: PostgreSQL documentation, "Log-Shipping Standby Servers", "Synchronous Replication", "Failover".
"""

from __future__ import annotations

import secrets
from pathlib import Path

from twitterlab.servers.detached import Plan
from twitterlab.servers.postgres import POSTGRES, SETTINGS, address, copy, plan, primary
from twitterlab.servers.service import Launch, Service

STANDBY = "twitterlab_standby"
WRITES, READS = "?target_session_attrs=read-write", "?target_session_attrs=standby"


def start(launch: Launch) -> str:
    """The primary, then the standby, made from it. The URL names both, and leads to the one that takes writes."""
    password = secrets.token_hex(16)
    port = launch("primary", primary(password, {**SETTINGS, "synchronous_standby_names": STANDBY}))

    def standby(folder: Path, own: int) -> Plan:
        copy(folder, address(password, port))
        return plan(folder, own, {**SETTINGS, "cluster_name": STANDBY, "hot_standby": "on"})

    own = launch("standby", standby)
    return f"postgresql://postgres:{password}@127.0.0.1:{port},127.0.0.1:{own}/postgres{WRITES}"


def to_standby(address: str) -> str:
    """The URL that leads to the standby: committed rows are read there a moment later."""
    return address.removesuffix(WRITES) + READS


def promote(address: str) -> None:
    """Make the standby at this URL of the pair the primary, and return when it takes writes. The old primary must
    be gone."""
    import psycopg

    with psycopg.connect(to_standby(address), autocommit=True) as standby:
        standby.execute("SELECT pg_promote()")


SERVICE = Service("postgres-replica", "a PostgreSQL primary and its synchronous standby", (POSTGRES,), start)
