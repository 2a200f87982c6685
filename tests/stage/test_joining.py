"""Several API processes on servers that somebody else runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from websockets.asyncio.client import connect

from twitterlab.errors import BadInput
from twitterlab.servers import postgres, private_cluster, valkey
from twitterlab.stage.joining import MACHINE, machine
from twitterlab.storage.joined import POSTGRES, VALKEY


@pytest.mark.parametrize(
    ("told", "host", "number"),
    [({}, "api-0", 0), ({}, "api-17", 17), ({MACHINE: "3"}, "api-17", 3), ({MACHINE: ""}, "web-1023", 1023)],
)
def test_a_process_has_the_number_it_was_told_or_that_of_its_pod(told, host, number):
    assert machine(told, host) == number


@pytest.mark.parametrize(
    ("told", "host"), [({}, "laptop"), ({}, "api-1024"), ({MACHINE: "x"}, "api-1"), ({MACHINE: "-1"}, "a")]
)
def test_two_processes_never_guess_their_number(told, host):
    with pytest.raises(BadInput, match=MACHINE):
        machine(told, host)


@contextmanager
def process(number, environment, folder):
    """`twitterlab serve --join` as its own process; its address."""
    command = [sys.executable, "-m", "twitterlab", "serve", "--join", "--port", "0", "--folder", str(folder)]
    command += ["--route", "analytics=memory"]
    child = subprocess.Popen(
        command, env=os.environ | environment | {MACHINE: str(number)}, stdout=subprocess.PIPE, text=True
    )
    try:
        said = child.stdout.readline()
        assert f"machine {number}" in said
        yield re.search(r"http://\S+", said)[0]
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) in (0, -signal.SIGTERM)
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def account(url, handle):
    answer = httpx.post(
        f"{url}/api/accounts", json={"handle": handle, "name": handle, "password": "long enough"}, timeout=30
    )
    return {"Authorization": f"Bearer {answer.json()['token']}"}, answer.json()["person"]["id"]


@pytest.mark.slow
@pytest.mark.parametrize("is_cluster", [False, True], ids=["one Valkey", "a Valkey Cluster"])
def test_what_one_process_is_told_the_other_shows_live(tmp_path, is_cluster):
    for program in (postgres.POSTGRES, valkey.VALKEY):
        if program.find() is None:
            pytest.skip(f"{program.why_not()}. {program.get_it}")

    async def story(here, there, ann, bob):
        async with connect(f"{there}/api/live".replace("http", "ws"), additional_headers=bob) as socket:
            assert json.loads(await socket.recv())[0]["event"] == "hello"
            async with httpx.AsyncClient(timeout=30) as client:
                posted = await client.post(f"{here}/api/tweets", json={"text": "hello there"}, headers=ann)
                (event,) = json.loads(await asyncio.wait_for(socket.recv(), 20))
                home = (await client.get(f"{there}/api/home", headers=bob)).json()
        assert event["id"] == posted.json()["id"] == home["items"][0]["id"]

    with postgres.open() as rows, private_cluster.open() if is_cluster else valkey.open() as store:
        secret = store.password if is_cluster else store.address()["password"]
        port, scheme = store.port, "redis+cluster" if is_cluster else "redis"
        environment = {POSTGRES: rows.address(), VALKEY: f"{scheme}://:{secret}@127.0.0.1:{port}"}
        with process(0, environment, tmp_path) as here, process(1, environment, tmp_path) as there:
            assert httpx.get(f"{there}/ready").json()["checks"] == {"rows": "ok", "event log": "ok", "cache": "ok"}
            (ann, ann_id), (bob, _) = account(here, "ann"), account(there, "bob")
            httpx.put(f"{here}/api/following/{ann_id}", headers=bob, timeout=30).raise_for_status()
            asyncio.run(story(here, there, ann, bob))
