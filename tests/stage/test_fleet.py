"""`serve --processes N --envoy`: several API processes behind a balancer that is also a cache, for real."""

from __future__ import annotations

import json
import os
import signal
import urllib.request

import httpx
import pytest
from websockets.sync.client import connect

from tests.stage.system import searched
from twitterlab.servers import envoy

pytestmark = pytest.mark.slow
PNG = b"\x89PNG\r\n\x1a\n0000"


@pytest.fixture(scope="module")
def shared_fleet(serve):
    """Three API processes and a worker behind Envoy."""
    if envoy.ENVOY.find() is None:
        pytest.skip(f"{envoy.ENVOY.why_not()}. {envoy.ENVOY.get_it}")
    return serve("--processes", "3", "--envoy")


@pytest.fixture
def fleet(shared_fleet):
    """All of them ready."""
    while len(healthy(shared_fleet)) < 3:
        assert shared_fleet.process.poll() is None
    return shared_fleet


def hosts(system):
    """Envoy's account of each process: requests sent there, and whether it is healthy."""
    admin = next(line.split()[-1] for line in system.lines if "Envoy" in line)
    with urllib.request.urlopen(f"{admin}/clusters?format=json", timeout=10) as answer:
        (cluster,) = json.load(answer)["cluster_statuses"]
    return {
        host["address"]["socket_address"]["port_value"]: (
            next(int(stat.get("value", 0)) for stat in host["stats"] if stat["name"] == "rq_total"),
            host["health_status"] == {"eds_health_status": "HEALTHY"},
        )
        for host in cluster["host_statuses"]
    }


def healthy(system):
    return [port for port, (_, is_healthy) in hosts(system).items() if is_healthy]


def served(system):
    return sum(requests for requests, _ in hosts(system).values())


def test_sessions_are_spread_and_each_stays_with_its_process(fleet):
    people = [fleet.signed_up(f"spread{number}") for number in range(9)]

    for person in people:
        posted = person.post("/api/tweets", json={"text": "hello"})
        assert posted.status_code == 201
        assert [item["text"] for item in person.get("/api/home").json()["items"]] == ["hello"]
        assert person.get(f"/api/xray/{posted.headers['X-Request-Id']}").status_code == 200  # kept in one process

    assert sum(requests > 0 for requests, _ in hosts(fleet).values()) > 1
    assert searched(people[0], "hello")


def test_what_is_posted_through_one_process_is_live_in_another(fleet):
    people = [fleet.signed_up(f"live{number}") for number in range(6)]  # on more than one of three
    author, others = people[0], people[1:]
    author_id = author.get("/api/me").json()["id"]
    sockets = []
    try:
        for other in others:
            other.put(f"/api/following/{author_id}")
            url = fleet.url.replace("http", "ws") + "/api/live"
            sockets.append(connect(url, additional_headers={"authorization": other.headers["authorization"]}))
            (hello,) = json.loads(sockets[-1].__enter__().recv(30))
            assert hello["event"] == "hello"

        tweet = author.post("/api/tweets", json={"text": "live"}).json()["id"]

        for socket in sockets:
            assert tweet in [event.get("id") for event in json.loads(socket.recv(30))]
    finally:
        for socket in sockets:
            socket.close()


def test_a_picture_comes_from_the_cache_at_the_edge_and_what_is_private_never_does(fleet):
    ann = fleet.signed_up("ann")
    name = ann.post("/api/media", content=PNG, headers={"content-type": "image/png"}).json()["name"]
    assert httpx.get(f"{fleet.url}/media/{name}", timeout=30).content == PNG
    before = served(fleet)

    for _ in range(20):
        again = httpx.get(f"{fleet.url}/media/{name}", timeout=30)
        assert (again.content, "age" in again.headers) == (PNG, True)

    assert served(fleet) - before < 20  # health checks are not counted, requests of others are
    assert "age" not in ann.get("/api/home").headers
    assert "age" not in ann.get("/api/home").headers


def test_a_killed_process_is_left_out_and_comes_back_and_readers_go_elsewhere(fleet):
    people = [fleet.signed_up(f"left{number}") for number in range(6)]
    os.kill(fleet.pids["api-1"], signal.SIGSTOP)  # silent: only a health check can tell
    while len(healthy(fleet)) == 3:
        assert fleet.process.poll() is None

    assert {person.get("/api/home").status_code for person in people} == {200}

    os.kill(fleet.pids["api-1"], signal.SIGKILL)
    fleet.until("api-1: started anew")
    while len(healthy(fleet)) < 3:
        assert fleet.process.poll() is None
    assert {person.get("/api/home").status_code for person in people} == {200}


def test_nobody_is_believed_about_where_they_come_from(fleet):
    """A limit by address holds, whatever addresses a client makes up."""
    account = {"handle": "nobody", "password": "wrong password"}
    statuses = []
    for number in range(34):
        made_up = {"X-Forwarded-For": f"203.0.113.{number}"}
        statuses.append(httpx.post(f"{fleet.url}/api/sessions", json=account, headers=made_up, timeout=60).status_code)
    assert set(statuses) == {401, 429}


def test_nobody_outlives_a_parent_that_was_killed_envoy_neither(serve):
    if envoy.ENVOY.find() is None:
        pytest.skip(f"{envoy.ENVOY.why_not()}. {envoy.ENVOY.get_it}")
    system = serve("--processes", "1", "--envoy")

    system.process.kill()

    system.process.stdout.read()  # comes to an end only when the last process has let go of it
    with pytest.raises(httpx.TransportError):
        while True:
            httpx.get(f"{system.url}/health", timeout=5)


def test_processes_share_one_port_without_a_balancer(serve):
    system = serve("--processes", "2")
    people = [system.signed_up(f"user{number}") for number in range(4)]

    assert {person.post("/api/tweets", json={"text": "word"}).status_code for person in people} == {201}
    assert searched(people[0], "word")
    rest = system.close()
    assert "Traceback" not in rest
    assert system.process.returncode == 0
