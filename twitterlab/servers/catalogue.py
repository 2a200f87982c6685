"""Every service that `twitterlab up` knows, in the order of its help."""

from __future__ import annotations

from twitterlab.errors import BadInput
from twitterlab.servers import postgres, postgres_replica, valkey_node
from twitterlab.servers.service import Service

SERVICES = (valkey_node.SERVICE, postgres.SERVICE, postgres_replica.SERVICE)
ALL = "all"


def named(names: tuple[str, ...]) -> tuple[Service, ...]:
    """The services by their names; `all` is every one. BadInput for a name that there is not."""
    known = {service.name: service for service in SERVICES}
    for name in names:
        if name not in known and name != ALL:
            raise BadInput(f"no server {name!r}", f"Choose from: {', '.join((*known, ALL))}.")
    return SERVICES if ALL in names else tuple(known[name] for name in dict.fromkeys(names))
