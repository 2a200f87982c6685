"""Benchmark of live updates: one tweet to everybody who watches, beside a bare send of the same bytes to as many sockets.

Ours is the whole way: the request, the commit, the fan-out, the feed, the sockets. Each side is a process of its own,
behind the same server; memory is what a process has grown by when all sockets are open.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from twitterlab.course.benchmarks.contest import Contest, Skip
from twitterlab.course.benchmarks.edge_load import Audience, post, resident_kib, serving
from twitterlab.course.benchmarks.edge_serving import AUTHOR
from twitterlab.course.workbook import Workbook

SOCKETS, SHORT = 5_000, 200
SPARE_FILES = 500
EVENT = b'[{"event":"tweet","after":"19e0a3f0f7c-0:1","id":"2124102055206322176","by":"2124102054325518336"}]'


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    sockets = SHORT if is_short else SOCKETS
    _need_files(2 * sockets + SPARE_FILES)
    with ExitStack() as opened:
        runner = opened.enter_context(asyncio.Runner())
        ours, ours_kib = _side(opened, runner, sockets, sockets, "ours", ("/api/tweets", b'{"text": "hello"}'))
        bare, bare_kib = _side(opened, runner, sockets, 1, "bare", ("/tell", EVENT))
        counts = {"KiB a socket": round(ours_kib, 1), "KiB a bare socket": round(bare_kib, 1)}
        yield Contest(ours, bare, sockets, sockets, counts)


def _side(
    opened: ExitStack, runner: asyncio.Runner, sockets: int, people: int, name: str, said: tuple[str, bytes]
) -> tuple[Callable[[], None], float]:
    """A process with all sockets open: what tells all of them something, and the memory of each."""
    ports, pid = opened.enter_context(serving("live", str(people)))
    before_kib = resident_kib(pid)
    audience = Audience(sockets)
    runner.run(audience.come(ports[name]))
    opened.callback(audience.leave)

    async def tell() -> None:
        await post(ports[name], *said, AUTHOR)
        await audience.everybody()

    def run() -> None:
        told: Coroutine[Any, Any, None] = tell()
        runner.run(told)

    run()  # the first one also finds the way
    return run, (resident_kib(pid) - before_kib) / sockets


def _need_files(count: int) -> None:
    """As many open files as that. Skip where the system does not allow them."""
    if sys.platform != "linux":
        raise Skip("memory is read from /proc, which Linux has")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Skip(f"only {hard} files may be open here; `ulimit -n {count}` needs to be allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
