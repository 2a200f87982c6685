"""X-ray: the way of a request."""

from __future__ import annotations


def rooms(trace, part="spans"):
    return [f"{span['room']}.{span['name']}" for span in trace[part]]


def test_a_home_read_shows_the_cache_and_whether_it_was_a_hit(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        notes = []
        for _ in range(2):
            key = (await ann.get("/api/home")).headers["x-request-id"]
            trace = (await ann.get(f"/api/xray/{key}")).json()
            notes += [span["note"] for span in trace["spans"] if span["room"] == "cache"]
        assert trace["name"] == "read_home"
        assert notes == ["miss", "hit"]

    visit(story)


def test_a_post_shows_its_id_its_transaction_and_its_fan_out(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        await bob.put(f"/api/following/{ann_id}")
        await house.platform.drain()
        key = (await ann.post("/api/tweets", json={"text": "hello"})).headers["x-request-id"]
        assert (await ann.get(f"/api/xray/{key}")).json()["then"] == []
        await house.platform.drain()
        trace = (await ann.get(f"/api/xray/{key}")).json()
        assert {"snowflake.next_id", "tweets.add"} <= set(rooms(trace))
        (delivered,) = [span for span in trace["then"] if span["name"] == "deliver"]
        assert delivered["note"] == "to 2"
        assert "timelines.push" in rooms(trace, "then")

    visit(story)


def test_spans_lie_inside_their_request(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        key = (await ann.post("/api/tweets", json={"text": "hello"})).headers["x-request-id"]
        trace = (await ann.get(f"/api/xray/{key}")).json()
        for span in trace["spans"]:
            assert 0 <= span["start_us"] <= span["start_us"] + span["us"] <= trace["us"] + 1

    visit(story)


def test_a_worker_that_is_watched_notices_every_time_that_rows_cannot_be_written(visit):
    async def story(house):
        platform, pinged = house.platform, []

        async def ping():
            pinged.append(1)

        platform.stores._ping = ping
        for outage in (1, 2):
            platform.fanout._target.is_cut_off = True
            await platform.step()
            assert len(pinged) == outage
            await platform.step()
            assert len(pinged) == outage

    visit(story)
