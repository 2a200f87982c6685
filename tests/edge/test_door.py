"""The API as its users meet it."""

from __future__ import annotations

import asyncio
import json


def test_two_people_meet(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        assert (await bob.put(f"/api/following/{ann_id}")).json() == {"changed": True}
        posted = await ann.post("/api/tweets", json={"text": "hello @bob #first"})
        assert posted.status_code == 201
        await house.platform.drain()

        (tweet,) = (await bob.get("/api/home")).json()["items"]
        (told,) = (await bob.get("/api/notifications")).json()["items"]
        (trend,) = (await bob.get("/api/trends")).json()

        assert (tweet["text"], tweet["author"]["handle"]) == ("hello @bob #first", "ann")
        assert (told["kind"], told["actor"]["handle"]) == ("mention", "ann")
        assert trend["tag"] == "first"

    visit(story)


def test_ids_are_strings(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        tweet = (await ann.post("/api/tweets", json={"text": "one"})).json()
        assert isinstance(ann_id, str) and isinstance(tweet["id"], str)
        assert int(tweet["id"]) > 2**53

    visit(story)


def test_a_page_that_did_not_change_is_not_sent_again(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        first = await ann.get("/api/home")
        again = await ann.get("/api/home", headers={"If-None-Match": first.headers["etag"]})
        await ann.post("/api/tweets", json={"text": "new"})
        changed = await ann.get("/api/home", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, changed.status_code) == (304, b"", 200)

    visit(story)


def test_a_page_is_known_by_any_of_its_tags(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        tag = (await ann.get("/api/home")).headers["etag"]
        assert tag.startswith('W/"')  # the compressed form has the same
        for given, status in (
            (tag, 304),
            (tag.removeprefix("W/"), 304),
            (f'"x", {tag}', 304),
            ("*", 304),
            ('"x"', 200),
            ("", 200),
        ):
            answer = await ann.get("/api/home", headers={"If-None-Match": given})
            assert (answer.status_code, answer.headers["etag"]) == (status, tag), given

    visit(story)


def test_long_pages_are_compressed_for_who_takes_it(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for number in range(20):
            await ann.post("/api/tweets", json={"text": f"tweet {number}"})
        packed = await ann.get("/api/home", headers={"Accept-Encoding": "gzip"})
        plain = await ann.get("/api/home", headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
        assert packed.json() == plain.json()
        assert "Accept-Encoding" in packed.headers["vary"] and "Accept-Encoding" in plain.headers["vary"]

    visit(story)


def test_head_says_what_get_would(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for address in ("/api/home", "/api/trends", "/health", "/metrics"):
            head, full = await ann.head(address), await ann.get(address)
            assert head.status_code == full.status_code == 200
            assert head.headers["content-type"] == full.headers["content-type"]

    visit(story)


def test_limits_are_told_before_they_are_met(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        told = [(await ann.get("/api/me")).headers for _ in range(3)]
        left = [int(headers["ratelimit-remaining"]) for headers in told]
        assert left[0] > left[2]
        assert {headers["ratelimit-limit"] for headers in told} == {"9000"}

        house.platform.limits._buckets.clear()
        for _ in range(500):
            house.platform.limits.take(int((await ann.get("/api/me")).json()["id"]), "message")
        refused = await ann.post(f"/api/messages/{(await house.signed_up('bob'))[1]}", json={"text": "one more"})
        assert (refused.status_code, refused.json()["type"]) == (429, "limited")
        assert int(refused.headers["retry-after"]) >= 1

    visit(story)


def test_a_key_that_was_used_for_another_tweet_is_refused(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        key = {"Idempotency-Key": "k-1"}
        first = await ann.post("/api/tweets", json={"text": "once"}, headers=key)
        other = await ann.post("/api/tweets", json={"text": "something else"}, headers=key)
        of_bob = await bob.post("/api/tweets", json={"text": "something else"}, headers=key)
        assert (first.status_code, other.status_code, of_bob.status_code) == (201, 422, 201)
        assert len((await ann.get("/api/home")).json()["items"]) == 1

    visit(story)


def test_the_same_key_at_once_posts_once(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        posts = await asyncio.gather(
            *(ann.post("/api/tweets", json={"text": "once"}, headers={"Idempotency-Key": "k-1"}) for _ in range(20))
        )
        assert len({post.json()["id"] for post in posts}) == 1

    visit(story)


def test_what_is_spoken_over_a_socket_is_said_to_be(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        plain = await ann.get("/api/live")
        assert (plain.status_code, plain.headers["upgrade"], plain.json()["type"]) == (426, "websocket", "upgrade")
        head = await ann.head("/api/live/events")  # and does not wait for the end of a stream that has none
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"].startswith("text/event-stream")

    visit(story)


def test_the_same_key_posts_once(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        posts = [
            await ann.post("/api/tweets", json={"text": "once"}, headers={"Idempotency-Key": "k-1"}) for _ in range(3)
        ]
        assert {post.json()["id"] for post in posts} == {posts[0].json()["id"]}

    visit(story)


def test_a_problem_is_a_document(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for answer, status, kind in (
            (await ann.get("/api/tweets/99"), 404, "missing"),
            (await ann.get("/api/nothing"), 404, "missing"),
            (await ann.patch("/api/home"), 405, "method"),
            (await ann.post("/api/tweets", json={"text": "x" * 281}), 422, "invalid"),
            (await ann.post("/api/tweets", json={"txt": "x"}), 422, "invalid"),
            (
                await ann.post("/api/tweets", content=b"{", headers={"Content-Type": "application/json"}),
                400,
                "malformed",
            ),
            (await ann.post("/api/tweets", content=b"text=x"), 415, "media-type"),
            (
                await ann.post("/api/tweets", json={"text": "x"}, headers={"Content-Encoding": "gzip"}),
                415,
                "media-type",
            ),
            (await ann.post("/api/tweets", json={"text": "x" * 70_000}), 413, "too-large"),
            (await ann.get("/api/home?limit=101"), 422, "invalid"),
            (await ann.get("/api/home?limi=10"), 400, "malformed"),
            (await ann.get("/api/home?cursor=bad!"), 422, "invalid"),
            (await house.browser().get("/api/home"), 401, "unauthenticated"),
            (
                await house.browser().post("/api/sessions", json={"handle": "ann", "password": "no"}),
                401,
                "unauthenticated",
            ),
            (await house.browser().post("/api/accounts", json=account("ANN")), 409, "taken"),
        ):
            problem = json.loads(answer.content)
            assert (answer.status_code, problem["type"], problem["status"]) == (status, kind, status), answer.text
            assert answer.headers["content-type"] == "application/problem+json"

    visit(story)


def test_signing_out_ends_the_session_for_good(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        token = ann.cookies["session"]
        await ann.delete("/api/sessions/current")
        replayed = await house.browser().get("/api/home", headers={"Authorization": f"Bearer {token}"})
        assert replayed.status_code == 401

    visit(story)


def test_a_new_password_ends_every_session(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        phone = house.browser()
        await phone.post("/api/sessions", json={"handle": "ann", "password": "secret of ann"})
        changed = await ann.put("/api/me/password", json={"old": "secret of ann", "new": "another secret"})
        assert changed.status_code == 200
        assert (await phone.get("/api/home")).status_code == 401
        again = await phone.post("/api/sessions", json={"handle": "ann", "password": "another secret"})
        assert again.status_code == 201

    visit(story)


def account(handle: str) -> dict[str, str]:
    return {"handle": handle, "name": handle, "password": "long enough"}
