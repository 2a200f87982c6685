"""The route of X-ray: how one of your own requests went through the system."""

from __future__ import annotations

from twitterlab.edge.route import Call, route
from twitterlab.edge.xray import Traced
from twitterlab.errors import Refused


@route("GET", "/api/xray/{request}", tag="x-ray", answer=Traced, problems=("missing",))
async def read_xray(call: Call) -> Traced:
    """The way a request of yours took, by the `X-Request-Id` of its answer."""
    found = call.xray.read(call.path["request"], call.me) if call.xray else None
    if found is None:
        raise Refused("there is no trace of this request", "missing")
    return found
