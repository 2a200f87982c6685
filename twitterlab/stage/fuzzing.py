"""Fuzzing: every route called with drawn requests, by somebody who has no business with what others keep to themselves.

schemathesis draws the requests from the OpenAPI document and judges the answers: no 5xx, none that is not documented.
Three people are there beside the crowd. Ann and Bob write to each other, both have blocked Eve, and the fuzzer is Eve, who
knows the ids of all that Ann has. A secret is in all of it: it must not come back, and afterwards Ann has what she had.
Trends count what everybody says and name nobody: the secret is no tag. Limits on how much one person may do are off, or
most requests would meet nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twitterlab.edge.xray import Xray
from twitterlab.errors import BadInput
from twitterlab.parts.blueprint import Blueprint
from twitterlab.platform.platform import Platform
from twitterlab.stage.demo import Crowd
from twitterlab.stage.serving import application, bound, server, watched
from twitterlab.storage.engines import open_engine
from twitterlab.world.live import LiveWorld

if TYPE_CHECKING:
    import httpx

SECRET = "zqsecret"
"""A word that nobody says by chance."""
PEOPLE, ACTS = 100, 300
NEEDED = ("schemathesis", "httpx")
LEFT_OUT = ("/api/sessions/current", "/api/me/password", "/api/accounts")
"""They end the fuzzer's own session, or make it another person."""
UNLIMITED: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """What was asked for: an engine, how long (minutes), the seed of what is drawn, and cases for each operation at
    least (0: as schemathesis has it)."""

    engine: str = "memory"
    minutes: float = 5.0
    seed: int = 1
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who was there before: the fuzzer's token, ids and names it is handed, and what Ann sees of her own."""

    token: str
    known: dict[str, list[str]]
    ann: httpx.AsyncClient
    before: dict[str, Any]


async def fuzz(blueprint: Blueprint, options: Fuzzing, say: Callable[[str], None]) -> bool:
    """Whether the API stood it. BadInput where the fuzzer is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise BadInput(f"no {' and no '.join(missing)}", "Get it: `pip install 'twitterlab[dev]'`.")
    async with _served(blueprint, options) as (url, platform):
        cast = await _come(url, platform)
        say(f"fuzzing {url} ({options.engine}) as Eve for {options.minutes:g} minutes, seed {options.seed}")
        is_well = await _schemathesis(url, cast, options) == 0
        await platform.drain()
        now = await _seen(cast.ann, list(cast.before))
        changed = [path for path, seen in now.items() if seen != cast.before[path]]
        for path in changed:
            say(f"Eve changed what Ann sees at {path}: {cast.before[path]}, now {now[path]}")
        await cast.ann.aclose()
        say(f"Ann has what she had, at {len(now)} addresses." if not changed else "Ann has not what she had.")
        return is_well and not changed


@asynccontextmanager
async def _served(blueprint: Blueprint, options: Fuzzing) -> AsyncIterator[tuple[str, Platform]]:
    """A system with people in it, without limits, on a free port."""
    world = LiveWorld(options.seed)
    with TemporaryDirectory(prefix="twitterlab-fuzz-") as folder:
        async with open_engine(options.engine, Path(folder), blueprint.schema()) as (stores, redis):
            xray = Xray(world.stopwatch_ns)
            platform = watched(blueprint, world, stores, redis, xray, UNLIMITED)
            crowd, stop = Crowd(platform, world, PEOPLE), asyncio.Event()
            await crowd.move_in()
            for _ in range(ACTS):
                await crowd.act()
            worker = asyncio.create_task(platform.run(stop))
            listening = bound("127.0.0.1", 0)
            serving = server(application(platform, world, xray, limits=UNLIMITED))
            answering = asyncio.create_task(serving.serve(sockets=[listening]))
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}", platform
            finally:
                serving.should_exit = True
                stop.set()
                await asyncio.gather(answering, worker)


async def _come(url: str, platform: Platform) -> Cast:
    """Ann, Bob and Eve; what Ann has is not for Eve."""
    (ann, ann_id), (bob, bob_id), (eve, eve_id) = [await _sign_up(url, handle) for handle in ("ann", "bob", "eve")]
    await bob.put(f"/api/following/{ann_id}")
    await ann.put(f"/api/following/{bob_id}")
    tweet = (await ann.post("/api/tweets", json={"text": f"{SECRET} @bob"})).json()
    reply = (await bob.post("/api/tweets", json={"text": "from bob", "reply_to": tweet["id"]})).json()
    message = (await bob.post(f"/api/messages/{ann_id}", json={"text": SECRET})).json()
    trace = (await ann.get("/api/home")).headers["x-request-id"]
    await ann.put("/api/me", json={"name": "Ann", "bio": SECRET})
    for person in (ann, bob):
        await person.put(f"/api/blocks/{eve_id}")
    others, said = await _crowd_of(eve)
    ids = [ann_id, bob_id, eve_id, *others]
    tweets = [tweet["id"], reply["id"], message["id"], *said]
    known = {"user_id": ids, "tweet_id": tweets, "reply_to": tweets, "quote_of": tweets, "up_to": tweets}
    known |= {"handle": ["ann", "bob", "eve"], "request": [trace], "q": [SECRET, "from:ann", "ann"]}
    paths = ["/api/me", "/api/home", f"/api/users/{ann_id}/tweets", f"/api/users/{ann_id}/following", "/api/messages"]
    paths += [f"/api/messages/{bob_id}", "/api/notifications", "/api/people/ann", f"/api/tweets/{tweet['id']}"]
    token = str(eve.headers["Authorization"].removeprefix("Bearer "))
    await bob.aclose()
    await eve.aclose()
    await platform.drain()
    await _seen(ann, paths)  # what is read for the first time is marked read
    return Cast(token, known, ann, await _seen(ann, paths))


async def _sign_up(url: str, handle: str) -> tuple[httpx.AsyncClient, str]:
    import httpx

    client = httpx.AsyncClient(base_url=url, timeout=30)
    account = {"handle": handle, "name": handle.title(), "password": "long enough"}
    opened = (await client.post("/api/accounts", json=account)).json()
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {opened['token']}"
    return client, opened["person"]["id"]


async def _crowd_of(reader: httpx.AsyncClient) -> tuple[list[str], list[str]]:
    """Two of the crowd and what they said: a fuzzer that only meets closed doors learns nothing."""
    people = [found["id"] for found in (await reader.get("/api/search/people?q=a&limit=2")).json()["items"]]
    pages = [(await reader.get(f"/api/users/{user_id}/tweets?limit=2")).json() for user_id in people]
    return people, [tweet["id"] for page in pages for tweet in page["items"]]


async def _seen(person: httpx.AsyncClient, paths: list[str]) -> dict[str, Any]:
    return {path: (await person.get(path)).json() for path in paths}


async def _schemathesis(url: str, cast: Cast, options: Fuzzing) -> int:
    """Its exit code; its words go to our output."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--no-color"]
    command += ["-H", f"Authorization: Bearer {cast.token}", "--seed", str(options.seed)]
    command += ["--exclude-checks", "positive_data_acceptance"]  # a cursor that nobody issued fits the schema
    command += ["--max-time", str(max(1, round(60 * options.minutes))), "--generation-database", "none"]
    command += ["--max-examples", str(options.examples)] if options.examples else []
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    told = json.dumps({"known": cast.known, "secret": SECRET})
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "twitterlab.stage.fuzz_hooks", "TWITTERLAB_FUZZ": told}
    with TemporaryDirectory(prefix="twitterlab-fuzz-") as folder:
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=folder)
        return await process.wait()
