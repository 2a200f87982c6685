"""Speed of the API and of live updates, as ratios to the bare thing behind the same server in the same run.

Server and client are processes of their own. `pytest tests/benchmarks/test_edge.py -m slow -s` prints the figures.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
from types import SimpleNamespace

import httpx
import pytest

from tests.benchmarks.edge_client import answers_per_s, child, ears, resident_bytes
from twitterlab.servers import valkey
from twitterlab.world.live import stopwatch_ns

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")]
CONNECTIONS, SECONDS, ROUNDS = 32, 2, 3
SOCKETS, TWEETS = 5_000, 5
TOKEN = "Authorization: Bearer token\r\n"


@pytest.mark.parametrize("engine", ["memory", "valkey"])
def test_a_home_timeline_over_http_beside_a_hello(engine):
    if engine == "valkey" and valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")
    with child("api", engine) as (serving, _):
        rates = {"hello": [], "home": []}
        page = httpx.get(f"http://127.0.0.1:{serving['home']}/api/home", headers={"Authorization": "Bearer token"})
        assert len(page.json()["items"]) == 20
        for _ in range(ROUNDS):  # in turns: what disturbs one, disturbs the others
            for name, port, path, headers in (
                ("hello", serving["hello"], "/hello", ""),
                ("home", serving["home"], "/api/home", TOKEN),
            ):
                rates[name].append(asyncio.run(answers_per_s(port, path, headers, CONNECTIONS, SECONDS)))
        hello, pages = max(rates["hello"]), max(rates["home"])
    print(
        f"\n{serving['engine']}: {hello:,.0f} hellos/s, {pages:,.0f} home timelines of 20 tweets/s over HTTP: "
        f"1 to {hello / pages:.1f}"
    )
    assert hello < 60 * pages


@pytest.fixture
def many_files():
    """As many open files as 5,000 sockets need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < SOCKETS + 1_000:
        pytest.skip(f"only {hard} open files are allowed here: ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, SOCKETS + 1_000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_one_tweet_to_five_thousand_live_sockets(many_files):
    with child("live", "1") as (serving, pid):  # a process of its own: memory that was let go is used again
        bare = asyncio.run(broadcast(serving["bare"], pid, lambda number: "none", tell))
    with child("live", str(SOCKETS)) as (serving, pid):
        ours = asyncio.run(broadcast(serving["live"], pid, lambda number: f"token-{number}", post))
    print(
        f"\n{SOCKETS:,} WebSockets take {ours.each_kib:.1f} KiB each, bare ones {bare.each_kib:.1f}: "
        f"1 to {ours.each_kib / bare.each_kib:.2f}"
    )
    print(
        f"one tweet to all of them: {ours.last_ms:,.0f} ms from the request, fan-out included (half of them after "
        f"{ours.half_ms:,.0f}); the same bytes to bare ones {bare.last_ms:,.0f} ms: 1 to {ours.last_ms / bare.last_ms:.1f}"
    )
    assert ours.each_kib < 64
    assert ours.each_kib < 3 * bare.each_kib


async def broadcast(port, pid, token, send):
    """The median of some tweets: when half and when all have heard it; memory with all sockets open."""
    before = resident_bytes(pid)
    opened, heard = await ears(port, SOCKETS, token)
    await asyncio.sleep(1.0)
    each_kib, halves, lasts = (resident_bytes(pid) - before) / SOCKETS / 1024, [], []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for number in range(TWEETS):
            heard.clear()
            for ear in opened:
                ear.word = b'"event":"tweet"'
            start = stopwatch_ns()
            await send(client, number)
            async with asyncio.timeout(60):
                while len(heard) < SOCKETS:
                    await asyncio.sleep(0.005)
            halves.append((sorted(heard)[SOCKETS // 2] - start) / 1e6)
            lasts.append((max(heard) - start) / 1e6)
    for ear in opened:
        ear.transport.abort()
    return SimpleNamespace(each_kib=each_kib, half_ms=statistics.median(halves), last_ms=statistics.median(lasts))


async def post(client, number):
    answer = await client.post(
        "/api/tweets", json={"text": f"tweet {number}"}, headers={"Authorization": "Bearer author"}
    )
    assert answer.status_code == 201, answer.text


async def tell(client, number):
    await client.post(
        "/tell", content='[{"event":"tweet","after":"19e0a3f0f7c-0:1","id":"2124102055206322176","by":"1"}]'
    )
