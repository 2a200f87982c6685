"""The programs that run now, by address: what an onlooker sees, and no machine can."""

from __future__ import annotations

from dataclasses import dataclass, field

from twitterlab.platform.regional.edge import EdgeMachine
from twitterlab.platform.regional.gateway import Gateway
from twitterlab.platform.regional.router import Router
from twitterlab.platform.regional.shard import Shard


@dataclass(slots=True)
class Machines:
    """Whatever was started last under an address, whether it still runs or not; routers by continent."""

    shards: dict[str, Shard] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    edges: dict[str, EdgeMachine] = field(default_factory=dict)
    routers: dict[str, Router] = field(default_factory=dict)
