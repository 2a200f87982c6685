"""`serve --split`: services that are processes of their own, for real."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from tests.stage.system import once, searched
from twitterlab.errors import BadInput
from twitterlab.platform.client import Client
from twitterlab.platform.services import OWNER, READS, SERVICES
from twitterlab.stage.split import socket_path

CALLS = {name for name in vars(Client) if not name.startswith("_")}


def test_every_call_of_the_client_has_one_owner_and_only_reads_may_be_tried_again():
    assert set(OWNER) == CALLS | {"posted"}
    assert sum(map(len, SERVICES.values())) == len(OWNER)
    assert set(OWNER) > READS
    assert not READS & {"post", "send", "follow", "like", "messages", "sign_up", "delete"}


@pytest.fixture(scope="module")
def system(serve):
    """One split system for all tests: what a test breaks, it sees mended."""
    return serve("--split")


@pytest.mark.slow
def test_people_live_across_processes_and_x_ray_shows_the_hops(system):
    ann, bob = system.signed_up("ann0"), system.signed_up("bob0")
    ann_id = ann.get("/api/me").json()["id"]
    assert bob.put(f"/api/following/{ann_id}").status_code == 200

    posted = ann.post("/api/tweets", json={"text": "hello @bob0 #tea"})

    assert posted.status_code == 201
    mine = ann.get("/api/home").json()["items"]
    assert [item["text"] for item in mine] == ["hello @bob0 #tea"]  # at once, whoever has the worker
    assert searched(bob, "hello")[0]["id"] == posted.json()["id"]
    assert once(bob, "/api/notifications/unread", "notifications")
    traced = ann.get(f"/api/xray/{posted.headers['X-Request-Id']}").json()
    rooms = [(span["room"], span["name"]) for span in traced["spans"]]
    assert ("tweet service", "post") in rooms
    assert ("tweets", "add") in rooms  # what happened in the other process
    hop = next(span for span in traced["spans"] if (span["room"], span["name"]) == ("tweet service", "post"))
    inner = next(span for span in traced["spans"] if (span["room"], span["name"]) == ("tweets", "add"))
    assert inner["depth"] > hop["depth"]
    assert inner["us"] <= hop["us"]
    then = once(ann, f"/api/xray/{posted.headers['X-Request-Id']}", "then")
    assert ("fan-out", "deliver") in [(span["room"], span["name"]) for span in then]


@pytest.mark.slow
def test_a_killed_service_takes_its_features_with_it_and_comes_back(system):
    ann = system.signed_up("ann1")
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
def test_a_service_that_is_down_is_a_503_for_its_features_alone(system):
    ann = system.signed_up("ann2")
    os.kill(system.pids["search"], signal.SIGSTOP)  # silent, as a service that hangs is

    answer = ann.get("/api/search/tweets", params={"q": "x"})

    assert answer.status_code == 503
    assert answer.json()["type"] == "unavailable"
    assert ann.get("/api/home").status_code == 200
    os.kill(system.pids["search"], signal.SIGCONT)
    assert ann.get("/api/search/tweets", params={"q": "x"}).status_code == 200


@pytest.mark.slow
def test_a_killed_worker_loses_no_tweet(system):
    ann = system.signed_up("ann3")
    for number in range(30):
        assert ann.post("/api/tweets", json={"text": f"word{number}"}).status_code == 201
        if number == 15:
            os.kill(system.pids["timeline"], signal.SIGKILL)

    system.until("timeline: started anew")

    for number in range(30):
        searched(ann, f"word{number}")


@pytest.mark.slow
def test_two_processes_of_each_service_share_the_work_and_one_that_is_killed_is_not_missed(serve):
    system = serve("--split", "--processes", "2")
    ann = system.signed_up("ann4")
    assert ann.post("/api/tweets", json={"text": "before"}).status_code == 201
    searched(ann, "before")
    asked = {_asked_for_home(ann) for _ in range(40)}

    os.kill(system.pids["timeline-2"], signal.SIGKILL)
    os.kill(system.pids["tweet-1"], signal.SIGKILL)
    statuses = [ann.get("/api/home").status_code for _ in range(40)]
    written = [ann.post("/api/tweets", json={"text": f"word{number}"}).status_code for number in range(10)]

    assert asked == {"timeline-1 service", "timeline-2 service"}
    assert statuses == [200] * 40
    assert written == [201] * 10
    assert ann.get("/api/home").json()["items"][0]["text"] == "word9"


def _asked_for_home(client):
    answer = client.get("/api/home")
    spans = client.get(f"/api/xray/{answer.headers['X-Request-Id']}").json()["spans"]
    return next(span["room"] for span in spans if span["name"] == "home" and span["room"].startswith("timeline"))


def test_envoy_is_not_before_services_that_have_a_balancer(capsys):
    from twitterlab.cli.app import run

    assert run(["serve", "--split", "--envoy", "--port", "0"]) == 2
    assert "Leave --envoy out" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_ends_everybody_in_good_order(serve):
    system = serve("--split")
    system.signed_up("ann")

    rest = system.close()

    assert "Traceback" not in rest
    assert system.process.returncode == 0


@pytest.mark.slow
def test_nobody_and_no_file_outlives_a_parent_that_was_killed(serve, monkeypatch):
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setenv("TMPDIR", str(folder))
    system = serve("--split")
    system.signed_up("ann")
    assert list(folder.glob("**/analytics.db"))

    system.process.kill()

    system.process.stdout.read()  # comes to an end only when the last process has let go of it
    while list(folder.iterdir()):
        pass  # the shells that take the servers' folders along have let go of our output first
    folder.rmdir()


def test_a_folder_whose_name_is_too_long_for_a_socket_is_one_line():
    with pytest.raises(BadInput, match="too long"):
        socket_path(Path("/tmp") / ("x" * 100), "search")


def test_an_engine_of_one_process_is_refused_with_those_that_can_be_shared(capsys):
    from twitterlab.cli.app import run

    assert run(["serve", "--split", "--engine", "sqlite", "--port", "0"]) == 2
    assert "Choose --engine postgres or mysql" in capsys.readouterr().err
    assert run(["serve", "--split", "--route", "analytics=duckdb", "--port", "0"]) == 2
    assert "belongs to one process" in capsys.readouterr().err
