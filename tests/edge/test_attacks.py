"""What people try at the door, and are refused."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.edge.test_live import served

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
SQL = "'; DROP TABLE tweets; --"


def test_nobody_deletes_what_is_anothers(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        eve, _ = await house.signed_up("eve")
        tweet = (await ann.post("/api/tweets", json={"text": "mine"})).json()
        assert (await eve.delete(f"/api/tweets/{tweet['id']}")).status_code == 403
        assert (await ann.get(f"/api/tweets/{tweet['id']}")).status_code == 200

    visit(story)


def test_messages_are_between_two(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        bob, bob_id = await house.signed_up("bob")
        eve, _ = await house.signed_up("eve")
        await ann.post(f"/api/messages/{bob_id}", json={"text": "secret"})
        for address in (
            f"/api/messages/{ann_id}",
            f"/api/messages/{bob_id}",
            "/api/messages",
            "/api/search/tweets?q=secret",
        ):
            answer = await eve.get(address)
            assert answer.json()["items"] == []
        assert len((await bob.get(f"/api/messages/{ann_id}")).json()["items"]) == 1

    visit(story)


def test_who_is_blocked_sees_nothing_by_any_route(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        eve, eve_id = await house.signed_up("eve")
        await eve.put(f"/api/following/{ann_id}")
        tweet = (await ann.post("/api/tweets", json={"text": "hidden #word"})).json()
        await house.platform.drain()
        await ann.put(f"/api/blocks/{eve_id}")
        for address in (
            "/api/people/ann",
            f"/api/users/{ann_id}/tweets",
            f"/api/users/{ann_id}/followers",
            f"/api/users/{ann_id}/following",
            f"/api/tweets/{tweet['id']}",
        ):
            assert (await eve.get(address)).status_code == 403
        for address in (
            "/api/home",
            "/api/search/tweets?q=hidden",
            "/api/search/tweets?q=from:ann",
            "/api/search/people?q=ann",
            "/api/notifications",
        ):
            assert (await eve.get(address)).json()["items"] == []
        for method, address, body in (
            ("PUT", f"/api/likes/{tweet['id']}", None),
            ("PUT", f"/api/retweets/{tweet['id']}", None),
            ("PUT", f"/api/following/{ann_id}", None),
            ("POST", "/api/tweets", {"text": "x", "reply_to": tweet["id"]}),
            ("POST", "/api/tweets", {"text": "x", "quote_of": tweet["id"]}),
            ("POST", f"/api/messages/{ann_id}", {"text": "x"}),
        ):
            assert (await eve.request(method, address, json=body)).status_code == 403

    visit(story)


def test_blocking_back_opens_nothing(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        eve, eve_id = await house.signed_up("eve")
        await ann.post(f"/api/messages/{eve_id}", json={"text": "last words"})
        await ann.put(f"/api/blocks/{eve_id}")
        await ann.put("/api/me", json={"name": "Ann", "bio": "moved to Lisbon"})
        assert (await eve.put(f"/api/blocks/{ann_id}")).status_code == 200
        assert (await eve.get("/api/people/ann")).status_code == 403
        assert (await eve.get("/api/search/people?q=ann")).json()["items"] == []
        talks = await eve.get("/api/messages")
        assert talks.json()["items"][0]["last"]["text"] == "last words"  # what she was sent is hers
        assert "Lisbon" not in talks.text
        await ann.delete(f"/api/blocks/{eve_id}")
        assert (await eve.get("/api/people/ann")).json()["is_blocked"]  # to lift her own block

    visit(story)


def test_a_mention_by_somebody_blocked_tells_nobody(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        eve, eve_id = await house.signed_up("eve")
        await ann.put(f"/api/blocks/{eve_id}")
        await eve.post("/api/tweets", json={"text": "hey @ann"})
        await house.platform.drain()
        assert (await ann.get("/api/notifications")).json()["items"] == []

    visit(story)


@pytest.mark.parametrize("token", ["", "x", "token-0'", "null", "token-99", "é", "a" * 10_000])
def test_a_forged_session_opens_nothing(visit, token):
    async def story(house):
        await house.signed_up("ann")
        answer = await house.browser().get("/api/home", headers={b"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401

    visit(story)


def test_another_sites_page_can_do_nothing_with_your_cookie(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for headers in (
            {"Origin": "http://evil.test"},
            {"Origin": "null"},
            {"Origin": "http://twitter.test.evil.test"},
            {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        ):
            for method, address, body in (
                ("POST", "/api/tweets", {"text": "forged"}),
                ("DELETE", "/api/sessions/current", None),
                ("PUT", "/api/me", {"name": "forged"}),
            ):
                answer = await ann.request(method, address, json=body, headers=headers)
                assert answer.status_code == 403, (headers, answer.text)
        assert (await ann.get("/api/home")).json()["items"] == []

    visit(story)


def test_text_is_kept_as_text(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        for said in (MARKUP, SQL, "\u202etxet", "a\0b", "{{7*7}}", "%s%n", "../../etc/passwd"):
            answer = await ann.post("/api/tweets", json={"text": said})
            assert answer.status_code in (201, 422)
            if answer.status_code == 201:
                assert answer.json()["text"] == said
                assert answer.headers["content-type"] == "application/json"
        assert (await ann.put("/api/me", json={"name": MARKUP[:50], "bio": SQL})).status_code == 200
        assert (await bob.get("/api/people/ann")).json()["person"]["name"] == MARKUP[:50].strip()
        for said in (MARKUP, SQL):
            sent = await bob.post(f"/api/messages/{ann_id}", json={"text": said})
            assert (sent.status_code, sent.json()["text"]) == (201, said)
            tried = await house.browser().post("/api/sessions", json={"handle": "ann", "password": said})
            assert tried.status_code == 401
            for address in ("/api/home", f"/api/users/{ann_id}/tweets", "/api/messages", "/api/search/people?q=a"):
                answer = await bob.get(address, params={**dict(httpx.URL(address).params), "cursor": said})
                assert answer.status_code == 422, address
            kept = await bob.post("/api/tweets", json={"text": "x"}, headers={"Idempotency-Key": "';DROP--"})
            assert kept.status_code == 201
        for said in (
            MARKUP,
            SQL,
            '"',
            "*",
            "a*",
            "NEAR(",
            "text:x",
            "AND OR NOT",
            "(",
            "\u0000",
            "from:'--",
            "since:2026-99-99",
        ):
            answer = await bob.get("/api/search/tweets", params={"q": said})
            assert answer.status_code in (200, 422), (said, answer.text)
            answer = await bob.get("/api/search/people", params={"q": said})
            assert answer.status_code in (200, 422), (said, answer.text)
        assert len((await bob.get(f"/api/users/{ann_id}/tweets")).json()["items"]) >= 5

    visit(story, "sqlite")


@pytest.mark.parametrize("handle", ["../x", "a b", "<b>", "a\r\nSet-Cookie: x=1", "", "a" * 16, "é", "%00", "admin\0"])
def test_a_handle_is_letters_digits_and_underscores(visit, handle):
    async def story(house):
        account = {"handle": handle, "name": "x", "password": "long enough"}
        assert (await house.browser().post("/api/accounts", json=account)).status_code == 422

    visit(story)


def test_no_header_is_injected(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        answer = await ann.get("/api/home%0d%0aSet-Cookie:%20a=b")
        assert "a=b" not in str(answer.headers)
        assert (
            await ann.post("/api/tweets", json={"text": "x"}, headers={"Idempotency-Key": "a b"})
        ).status_code == 400

    visit(story)


@pytest.mark.slow
def test_ten_thousand_tries_at_a_password_open_nothing(visit):
    async def story(house):
        await house.signed_up("ann")
        browser = house.browser()
        statuses = []
        for number in range(10_000):
            answer = await browser.post("/api/sessions", json={"handle": "ann", "password": f"guess {number}"})
            statuses.append(answer.status_code)
        assert set(statuses) == {401, 429}
        assert statuses.count(401) == 10
        right = await browser.post("/api/sessions", json={"handle": "ann", "password": "secret of ann"})
        assert right.status_code == 429
        assert int(right.headers["Retry-After"]) > 0

    visit(story)


def test_an_unknown_handle_and_a_wrong_password_are_answered_alike(visit):
    async def story(house):
        await house.signed_up("ann")
        browser = house.browser()
        answers = [
            await browser.post("/api/sessions", json={"handle": handle, "password": "wrong one"})
            for handle in ("ann", "nobody")
        ]
        assert answers[0].json() == answers[1].json()

    visit(story)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"text": 1}', b'{"text": null}', b'{"text": "x", "admin": true}',
     b'{"text": "x", "reply_to": "99999999999999999999"}', b'{"text": "x", "media": "x"}', b"[" * 30_000,
     b'{"text": "' + b"\\u0000" * 9_000 + b'"}', b'{"text":"x","text":"' + b"y" * 300 + b'"}'],
)  # fmt: skip
def test_what_is_no_tweet_is_a_clear_problem(visit, body):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        answer = await ann.post("/api/tweets", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
        assert set(json.loads(answer.content)) == {"type", "title", "status", "detail", "instance"}

    visit(story)


def test_a_body_that_never_ends_is_ended(visit, monkeypatch):
    monkeypatch.setattr("twitterlab.edge.reading.BODY_WITHIN_S", 0.05)

    async def story(house):
        ann, _ = await house.signed_up("ann")

        async def drip():
            yield b'{"text": "'
            await asyncio.Event().wait()

        answer = await ann.post("/api/tweets", content=drip(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 408

    visit(story)


def test_a_lying_length_is_found_out(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")

        async def flood():
            for _ in range(100):
                yield b"x" * 10_000

        answer = await ann.post("/api/tweets", content=flood(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413

    visit(story)


def test_an_xray_shows_only_ones_own_requests(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        eve, _ = await house.signed_up("eve")
        key = (await ann.get("/api/home")).headers["x-request-id"]
        assert (await ann.get(f"/api/xray/{key}")).status_code == 200
        assert (await eve.get(f"/api/xray/{key}")).status_code == 404

    visit(story)


@pytest.mark.slow
def test_ten_thousand_tries_from_as_many_addresses_open_nothing(visit):
    async def story(house):
        await house.signed_up("ann")
        tried = []
        for number in range(10_000):
            transport = httpx.ASGITransport(house.application, client=(f"10.0.{number // 250}.{number % 250}", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://twitter.test") as browser:
                answer = await browser.post("/api/sessions", json={"handle": "ann", "password": f"guess {number}"})
            tried.append(answer.status_code)
        assert set(tried) == {401, 429}
        assert 100 <= tried.count(401) < 150  # 100 at once, and a few more while a slow machine is at it

    visit(story)


def test_nobody_picks_the_address_that_limits_go_by(visit):
    async def story(house):
        await house.signed_up("ann")
        async with served(house.application) as address, httpx.AsyncClient(base_url=f"http://{address}") as browser:
            tried = [
                await browser.post(
                    "/api/sessions",
                    json={"handle": "ann", "password": "a guess"},
                    headers={"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"},
                )
                for number in range(12)
            ]
        assert [answer.status_code for answer in tried] == [401] * 10 + [429] * 2

    visit(story)


def test_another_sites_page_signs_nobody_in(visit):
    async def story(house):
        await house.signed_up("eve")
        account = {"handle": "eve", "password": "secret of eve"}
        for headers in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            transport = httpx.ASGITransport(house.application)
            async with httpx.AsyncClient(transport=transport, base_url="http://twitter.test") as browser:
                answer = await browser.post("/api/sessions", json=account, headers=headers)
            assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)

    visit(story)


def test_a_cookie_over_https_is_sent_over_https_only(visit):
    async def story(house):
        transport = httpx.ASGITransport(house.application)
        account = {"handle": "ann", "name": "Ann", "password": "long enough"}
        async with httpx.AsyncClient(transport=transport, base_url="https://twitter.test") as browser:
            cookie = (await browser.post("/api/accounts", json=account)).headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.split("; "))

    visit(story)


@pytest.mark.parametrize("said", [" ", "\u200b", "\u202e\u2066", "\u2028", "a\0b", "\ufeff"])
def test_what_nobody_can_read_is_no_tweet(visit, said):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        assert (await ann.post("/api/tweets", json={"text": said})).status_code == 422
        assert (await ann.put("/api/me", json={"name": said})).status_code == 422

    visit(story)


def test_answers_are_for_our_own_pages_only(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for method in ("GET", "OPTIONS"):
            answer = await ann.request(method, "/api/home", headers={"Origin": "http://evil.test"})
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    visit(story)


def test_a_tweet_that_is_deleted_while_it_is_retweeted_is_missing_and_no_error_of_ours(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        tweet = (await ann.post("/api/tweets", json={"text": "not for long"})).json()
        retweet = house.platform.client.retweet

        async def slow(me, tweet_id):
            made = await retweet(me, tweet_id)
            assert (await ann.delete(f"/api/tweets/{tweet_id}")).status_code < 300
            return made

        house.platform.client.retweet = slow
        answer = await bob.put(f"/api/retweets/{tweet['id']}")
        assert answer.status_code == 404
        assert answer.json()["type"] == "missing"

    visit(story)
