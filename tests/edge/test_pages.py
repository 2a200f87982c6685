"""What the door serves beside the API."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.edge.served import Served
from twitterlab.edge.pages import CLIENT, WEB


@pytest.fixture(scope="module")
def url():
    with Served() as served:
        yield served.url


def test_every_page_that_the_client_knows_is_served(url):
    known = re.findall(r"^  \[/\^(.*?)\$/,", (WEB / "app.js").read_text(), re.MULTILINE)
    assert len(known) == len(CLIENT)
    for path in CLIENT:
        answer = httpx.get(url + path.replace("{id}", "1").replace("{handle}", "ann").replace("{which}", "followers"))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/web/nothing.js", "/web/../door.py", "/t", "/media/x/y"])
def test_any_other_address_is_a_problem(url, path):
    answer = httpx.get(url + path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "missing"


def test_a_method_that_an_address_does_not_take_is_said_so(url):
    for path in ("/api/likes/1", "/api/blocks/1", "/api/sessions", "/api/notifications/read"):
        answer = httpx.get(url + path)
        assert (answer.status_code, answer.json()["type"]) == (405, "method")
        assert answer.headers["allow"]


def test_ending_waits_for_nobody_who_watches():
    with Served() as served:
        token = {"Authorization": f"Bearer {served.signed_up('ann')}"}
        with httpx.stream("GET", f"{served.url}/api/live/events", headers=token, timeout=30) as stream:
            lines = stream.iter_lines()
            assert "hello" in next(line for line in lines if line.startswith("data: "))
            served.end()
            assert [line for line in lines if line.startswith("data: ")] == []  # and the stream ends in good order


def test_scripts_come_with_a_policy_that_runs_no_other(url):
    answer = httpx.get(f"{url}/web/app.js")
    assert "javascript" in answer.headers["content-type"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_health_and_the_document_need_no_session(url):
    assert httpx.get(f"{url}/health").json() == {"status": "ok"}
    assert httpx.get(f"{url}/openapi.json").json()["openapi"].startswith("3.1")
