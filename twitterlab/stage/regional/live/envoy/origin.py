"""The origin behind the caches of lab f: pages with a version, answered after a while, each request counted.

A page is as it was when the request for it came in: who changes it meanwhile does not change that answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from twitterlab.stage.regional.live.envoy.child import listens, settings_of
from twitterlab.stage.regional.live.envoy.http_server import Answer, Request, listen, port_of
from twitterlab.world.live import LiveClock

ANSWERS_MS = 30.0
CHANGE, COUNTS, MINE = "/change", "/counts", "/mine"


class Origin:
    """Pages at any path, fresh for `ttl_s` and good for `stale_s` more; below `/mine` they are for who asks."""

    def __init__(self, ttl_s: int, stale_s: int) -> None:
        self._ttl_s = ttl_s
        grace = ("stale-while-revalidate", "stale-if-error")
        self._lifetime = ", ".join(("public", f"max-age={ttl_s}", *(f"{what}={stale_s}" for what in grace)))
        self._versions: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._unchanged = 0
        self._clock = LiveClock()

    async def handle(self, request: Request) -> Answer:
        """A page, a change of one, or the counts. In its query `ms` says how long it takes, and `first_ms` how long
        the first time."""
        where = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        if where.path == CHANGE:
            self._versions[query["path"]] += 1
            return Answer(200)
        if where.path == COUNTS:
            return Answer(200, json.dumps({"asked": self._asked, "unchanged": self._unchanged}).encode())
        self._asked[where.path] += 1
        version = self._versions[where.path]
        takes_ms = query.get("ms", ANSWERS_MS)
        if self._asked[where.path] == 1:
            takes_ms = query.get("first_ms", takes_ms)
        await self._clock.sleep_ms(float(takes_ms))
        if where.path.startswith(MINE):
            return self._private(request)
        return self._page(request, where.path, version)

    def _page(self, request: Request, path: str, version: int) -> Answer:
        tag = f'"{path}-{version}"'
        headers = (
            ("cache-control", self._lifetime),
            ("cache-tag", tag_of(path)),
            ("etag", tag),
            ("date", self._date()),
        )
        if request.headers.get("if-none-match") == tag:
            self._unchanged += 1
            return Answer(304, b"", headers)
        return Answer(200, json.dumps({"version": version}).encode(), headers)

    def _private(self, request: Request) -> Answer:
        """For this reader, and for nobody else, though it could be kept."""
        headers = (("cache-control", f"private, max-age={self._ttl_s}"), ("date", self._date()))
        return Answer(200, json.dumps({"reader": request.headers.get("cookie", "")}).encode(), headers)

    def _date(self) -> str:
        return formatdate(self._clock.now_ms() / 1_000, usegmt=True)


def tag_of(path: str) -> str:
    """By which its copies are purged."""
    return f"page:{path}"


async def _serve(folder: Path) -> None:
    settings = settings_of(folder)
    origin = Origin(settings["ttl_s"], settings["stale_s"])
    server = await listen(origin.handle, settings["port"])
    listens(folder, port_of(server))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
