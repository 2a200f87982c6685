"""Every service that `twitterlab up` knows, in the order of its help."""

from __future__ import annotations

from twitterlab.errors import BadInput
from twitterlab.servers import envoy, etcd, mysql, postgres, postgres_replica, s3, sentinel, valkey_cluster, valkey_node
from twitterlab.servers.service import Service

SERVICES = tuple(
    room.SERVICE for room in (valkey_node, valkey_cluster, sentinel, postgres, postgres_replica, mysql, envoy, s3, etcd)
)
ALL = "all"


def named(names: tuple[str, ...]) -> tuple[Service, ...]:
    """The services by their names; `all` is every one. BadInput for a name that there is not."""
    known = {service.name: service for service in SERVICES}
    for name in names:
        if name not in known and name != ALL:
            raise BadInput(f"no server {name!r}", f"Choose from: {', '.join((*known, ALL))}.")
    return SERVICES if ALL in names else tuple(known[name] for name in dict.fromkeys(names))
