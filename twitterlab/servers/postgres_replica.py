"""A PostgreSQL primary and a synchronous standby: a commit is acknowledged when it is on the disks of both.

Source: PostgreSQL documentation, "Log-Shipping Standby Servers", "Synchronous Replication".
"""

from __future__ import annotations

import secrets
from pathlib import Path

from twitterlab.servers.detached import Plan
from twitterlab.servers.postgres import POSTGRES, SETTINGS, address, copy, plan, primary
from twitterlab.servers.service import Launch, Service

STANDBY = "twitterlab_standby"


def start(launch: Launch) -> str:
    """The primary, then the standby, made from it. The URL names both: who writes asks for
    `target_session_attrs=read-write`."""
    password = secrets.token_hex(16)
    port = launch("primary", primary(password, {**SETTINGS, "synchronous_standby_names": STANDBY}))

    def standby(folder: Path, own: int) -> Plan:
        copy(folder, address(password, port))
        return plan(folder, own, {**SETTINGS, "cluster_name": STANDBY, "hot_standby": "on"})

    own = launch("standby", standby)
    return f"postgresql://postgres:{password}@127.0.0.1:{port},127.0.0.1:{own}/postgres"


SERVICE = Service("postgres-replica", "a PostgreSQL primary and its synchronous standby", (POSTGRES,), start)
