"""`serve --split`: services that are processes of their own, for real."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from twitterlab.platform.client import Client
from twitterlab.platform.services import OWNER, READS, SERVICES
from twitterlab.servers import postgres, valkey

ROOT = Path(__file__).resolve().parents[2]
CALLS = {name for name in vars(Client) if not name.startswith("_")}


def test_every_call_of_the_client_has_one_owner_and_only_reads_may_be_tried_again():
    assert set(OWNER) == CALLS | {"posted"}
    assert sum(map(len, SERVICES.values())) == len(OWNER)
    assert set(OWNER) > READS
    assert not READS & {"post", "send", "follow", "like", "messages", "sign_up", "delete"}


class Split:
    """A split system; lines of its output are waited for, never for a while."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "twitterlab", "serve", "--port", "0", *words]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
        )
        self._watch = threading.Timer(120, self.process.kill)
        self._watch.start()
        self.lines: list[str] = []
        self.url = self.pids = None
        while self.url is None or self.pids is None:
            line = self.line()
            if found := re.match(r"(http://\S+)", line):
                self.url = found[1]
            if line.startswith("processes: "):
                self.pids = {name: int(pid) for name, pid in re.findall(r"([\w-]+) (\d+)", line.partition(": ")[2])}

    def line(self) -> str:
        line = self.process.stdout.readline()
        assert line, "it ended: " + "".join(self.lines[-20:])
        self.lines.append(line)
        return line

    def until(self, pattern: str) -> None:
        while not re.search(pattern, self.line()):
            pass

    def signed_up(self, handle: str) -> httpx.Client:
        account = {"handle": handle, "name": handle, "password": "long enough"}
        answer = self.patient("POST", "/api/accounts", json=account)
        assert answer.status_code == 201, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def patient(self, method: str, path: str, **more) -> httpx.Response:
        """Again while a service is still starting."""
        while (answer := httpx.request(method, self.url + path, timeout=60, **more)).status_code == 503:
            assert self.process.poll() is None
        return answer

    def close(self) -> str:
        """Ctrl-C; the rest of what it said, which ends when nobody holds its output any more."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest = self.process.stdout.read()
        self.process.wait()
        self._watch.cancel()
        self.process.stdout.close()
        return rest


@pytest.fixture
def split():
    for program in (postgres.POSTGRES, valkey.VALKEY):
        if program.find() is None:
            pytest.skip(f"{program.why_not()}. {program.get_it}")
    pytest.importorskip("psycopg")
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    started = []

    def start(*words: str) -> Split:
        started.append(Split(*words))
        return started[-1]

    yield start
    for one in started:
        if not one.process.stdout.closed:
            one.close()


def searched(client, text):
    """Until fan-out has come there."""
    while not (items := client.get("/api/search/tweets", params={"q": text}).json()["items"]):
        pass
    return items


@pytest.mark.slow
def test_people_live_across_processes_and_x_ray_shows_the_hops(split):
    system = split("--split")
    ann, bob = system.signed_up("ann"), system.signed_up("bob")
    ann_id = ann.get("/api/me").json()["id"]
    assert bob.put(f"/api/following/{ann_id}").status_code == 200

    posted = ann.post("/api/tweets", json={"text": "hello @bob #tea"})

    assert posted.status_code == 201
    mine = ann.get("/api/home").json()["items"]
    assert [item["text"] for item in mine] == ["hello @bob #tea"]  # at once, whoever has the worker
    assert searched(bob, "hello")[0]["id"] == posted.json()["id"]
    while not bob.get("/api/notifications/unread").json()["notifications"]:
        pass
    traced = ann.get(f"/api/xray/{posted.headers['X-Request-Id']}").json()
    rooms = [(span["room"], span["name"]) for span in traced["spans"]]
    assert ("tweet service", "post") in rooms
    assert ("tweets", "add") in rooms  # what happened in the other process
    hop = next(span for span in traced["spans"] if (span["room"], span["name"]) == ("tweet service", "post"))
    inner = next(span for span in traced["spans"] if (span["room"], span["name"]) == ("tweets", "add"))
    assert inner["depth"] > hop["depth"]
    assert inner["us"] <= hop["us"]
    while not (then := ann.get(f"/api/xray/{posted.headers['X-Request-Id']}").json()["then"]):
        pass
    assert ("fan-out", "deliver") in [(span["room"], span["name"]) for span in then]
    rest = system.close()
    assert "Traceback" not in rest
    assert system.process.returncode == 0


@pytest.mark.slow
def test_a_killed_service_takes_its_features_with_it_and_comes_back(split):
    system = split("--split")
    ann = system.signed_up("ann")
    assert ann.post("/api/tweets", json={"text": "before"}).status_code == 201
    searched(ann, "before")
    os.kill(system.pids["search"], signal.SIGSTOP)
    os.kill(system.pids["search"], signal.SIGKILL)

    statuses = {ann.get("/api/home").status_code, ann.get("/api/notifications").status_code}

    assert statuses == {200}
    assert ann.post("/api/tweets", json={"text": "meanwhile"}).status_code == 201
    system.until("search: started anew")
    answer = system.patient("GET", "/api/search/tweets?q=before", headers=dict(ann.headers))
    assert [item["text"] for item in answer.json()["items"]] == ["before"]


@pytest.mark.slow
def test_a_service_that_is_down_is_a_503_for_its_features_alone(split):
    system = split("--split")
    ann = system.signed_up("ann")
    os.kill(system.pids["search"], signal.SIGSTOP)  # silent, as a service that hangs is

    answer = ann.get("/api/search/tweets", params={"q": "x"})

    assert answer.status_code == 503
    assert answer.json()["type"] == "unavailable"
    assert ann.get("/api/home").status_code == 200
    os.kill(system.pids["search"], signal.SIGCONT)
    assert ann.get("/api/search/tweets", params={"q": "x"}).status_code == 200


@pytest.mark.slow
def test_a_killed_worker_loses_no_tweet(split):
    system = split("--split")
    ann = system.signed_up("ann")
    for number in range(30):
        assert ann.post("/api/tweets", json={"text": f"word{number}"}).status_code == 201
        if number == 15:
            os.kill(system.pids["timeline"], signal.SIGKILL)

    system.until("timeline: started anew")

    for number in range(30):
        searched(ann, f"word{number}")


@pytest.mark.slow
def test_nobody_outlives_a_parent_that_was_killed(split):
    system = split("--split")
    system.signed_up("ann")

    system.process.kill()

    system.process.stdout.read()  # comes to an end only when the last process has let go of it


def test_an_engine_of_one_process_is_refused_with_those_that_can_be_shared(capsys):
    from twitterlab.cli.app import run

    assert run(["serve", "--split", "--engine", "sqlite", "--port", "0"]) == 2
    assert "Choose --engine postgres or mysql" in capsys.readouterr().err
    assert run(["serve", "--split", "--route", "analytics=duckdb", "--port", "0"]) == 2
    assert "belongs to one process" in capsys.readouterr().err
