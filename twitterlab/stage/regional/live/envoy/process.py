"""One Envoy of an experiment: a listener, the filters and the cluster it is given, and its own account of ejections."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitterlab.servers.envoy import ENVOY
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import Process, StartFailed, free_port
from twitterlab.stage.regional.live.envoy.http_server import HOST

TYPE = "type.googleapis.com/envoy."
CLUSTER, CONFIG, EJECTIONS = "backends", "envoy.json", "ejections.json"
PORTS_TRIED = 5


@dataclass(frozen=True, slots=True)
class Envoy:
    """A running one: where it listens, where its admin interface does, and its folder."""

    port: int
    admin: int
    folder: Path


@contextmanager
def running(
    ports: Sequence[int],
    cluster: Mapping[str, Any] | None = None,
    route: Mapping[str, Any] | None = None,
    filters: Sequence[Mapping[str, Any]] = (),
) -> Iterator[Envoy]:
    """An Envoy before servers on these ports, ended at the end. BadInput when it is missing."""
    program = ENVOY.need()
    with tempfile.TemporaryDirectory(prefix="twitterlab-envoy-") as temporary:
        folder = Path(temporary)
        for attempt in range(1, PORTS_TRIED + 1):
            here = Envoy(free_port(), free_port(), folder)
            (folder / CONFIG).write_text(json.dumps(_configuration(here, ports, cluster, route, filters), indent=2))
            process = Process(_command(program, folder), folder, lambda: says(here.admin, "/ready", "LIVE"))  # noqa: B023
            try:
                process.start()
                break
            except StartFailed as failed:
                if attempt == PORTS_TRIED or "in use" not in failed.problem:
                    raise
        try:
            yield here
        finally:
            process.stop()


def _command(program: Path, folder: Path) -> tuple[str, ...]:
    """With one worker, and an account of ejections that is written at once."""
    return (
        str(program), "-c", str(folder / CONFIG), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warn",
        "--file-flush-interval-msec", "50",
    )  # fmt: skip


def _configuration(
    here: Envoy,
    ports: Sequence[int],
    cluster: Mapping[str, Any] | None,
    route: Mapping[str, Any] | None,
    filters: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    everything = {"match": {"prefix": "/"}, "route": {"cluster": CLUSTER, **(route or {})}}
    manager = {
        "@type": f"{TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
        "http_filters": [*filters, typed("envoy.filters.http.router", "extensions.filters.http.router.v3.Router")],
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "node": {"id": "front", "cluster": "lab"},
        "admin": {"address": _address(here.admin)},
        "cluster_manager": {"outlier_detection": {"event_log_path": str(here.folder / EJECTIONS)}},
        "static_resources": {
            "listeners": [{"name": "front", "address": _address(here.port), "filter_chains": [chain]}],
            "clusters": [{**_cluster(ports), **(cluster or {})}],
        },
    }


def typed(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    """An extension by its name and the type of its configuration."""
    return {"name": name, "typed_config": {"@type": f"{TYPE}{kind}", **fields}}


def _cluster(ports: Sequence[int]) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": _address(port)}} for port in ports]
    return {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": HOST, "port_value": port}}
