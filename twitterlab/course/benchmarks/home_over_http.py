"""Benchmark of the API: home timelines of 20 tweets over HTTP, beside a bare hello behind the same server.

The server is a process of its own with a platform in memory; what loads it is in this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from twitterlab.course.benchmarks.contest import Contest
from twitterlab.course.benchmarks.edge_load import ask, serving
from twitterlab.course.workbook import Workbook

CONNECTIONS = 32
TOKEN = "Authorization: Bearer token-0\r\n"


@contextmanager
def prepare(book: Workbook, is_short: bool) -> Iterator[Contest]:
    times = 4 if is_short else 40
    with serving("home") as (ports, _), asyncio.Runner() as runner:

        def ours() -> None:
            runner.run(ask(ports["ours"], "/api/home", TOKEN, CONNECTIONS, times))

        def hello() -> None:
            runner.run(ask(ports["bare"], "/hello", "", CONNECTIONS, times))

        yield Contest(ours, hello, CONNECTIONS * times, CONNECTIONS * times)
