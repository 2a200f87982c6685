"""Routes of analytics: how much is done, by hour and by tag. Numbers only: nobody can be told from them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from twitterlab.edge import shaping
from twitterlab.edge.route import Call, Param, route
from twitterlab.platform.engagement import MAX_HOURS

HOURS = Param("hours", "int", "How many hours back; the one of now is the last", default=24, least=1, most=MAX_HOURS)
Kind = Annotated[str, Meta(description="post, reply, retweet, quote, like or follow")]


class HourShape(Struct, frozen=True):
    """`hour` is when it began."""

    hour: str
    kind: Kind
    count: int


class TagShape(Struct, frozen=True):
    tag: str
    count: int


@route(
    "GET", "/api/analytics/hours", tag="analytics", answer=tuple[HourShape, ...], problems=("unavailable",),
    query=(HOURS, Param("tag", "str", "Only what was about this tag, without #", most=100)),
)  # fmt: skip
async def read_hours(call: Call) -> tuple[HourShape, ...]:
    """What was done in each hour, by kind; hours without anything are left out."""
    tag = call.query["tag"] or None
    found = await call.client.engagement(call.query["hours"], tag.removeprefix("#") if tag else None)
    return tuple(HourShape(shaping.time(one.hour_ms), one.kind, one.count) for one in found)


@route(
    "GET", "/api/analytics/tags", tag="analytics", answer=tuple[TagShape, ...], problems=("unavailable",),
    query=(HOURS, Param("limit", "int", "How many at most", default=10, least=1, most=100)),
)  # fmt: skip
async def read_tags(call: Call) -> tuple[TagShape, ...]:
    """The tags that most was done about."""
    found = await call.client.engaged_tags(call.query["hours"], call.query["limit"])
    return tuple(TagShape(one.tag, one.count) for one in found)
