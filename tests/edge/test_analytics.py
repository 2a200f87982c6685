"""Analytics at the door: what people did is counted by hour and tag."""

from __future__ import annotations


def totals(hours):
    counts = {}
    for row in hours:
        counts[row["kind"]] = counts.get(row["kind"], 0) + row["count"]
    return counts


def test_what_was_done_is_counted_by_kind_and_by_tag_without_who_did_it(visit):
    async def story(house):
        ann, ann_id = await house.signed_up("ann")
        bob, _ = await house.signed_up("bob")
        tweet = (await ann.post("/api/tweets", json={"text": "first #Tea #rain"})).json()["id"]
        await bob.put(f"/api/likes/{tweet}")
        await bob.put(f"/api/retweets/{tweet}")
        await bob.post("/api/tweets", json={"text": "yes #tea", "reply_to": tweet})
        await bob.put(f"/api/following/{ann_id}")
        await house.platform.drain()

        everything = await ann.get("/api/analytics/hours")
        of_tea = await ann.get("/api/analytics/hours", params={"tag": "#TEA"})
        tags = await ann.get("/api/analytics/tags")

        assert totals(everything.json()) == {"post": 1, "like": 1, "retweet": 1, "reply": 1, "follow": 1}
        assert totals(of_tea.json()) == {"post": 1, "like": 1, "retweet": 1, "reply": 1}
        assert tags.json() == [{"tag": "tea", "count": 4}, {"tag": "rain", "count": 3}]
        assert ann_id not in everything.text

    visit(story)


def test_too_many_hours_are_refused_and_a_stranger_is_told_nothing(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")

        assert (await ann.get("/api/analytics/hours", params={"hours": 10_000})).status_code == 422
        assert (await house.browser().get("/api/analytics/tags")).status_code == 401

    visit(story)


def test_without_an_engine_for_it_nobody_pretends_that_nothing_was_done(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        house.platform.stores.analytics = None

        assert (await ann.get("/api/analytics/hours")).status_code == 503

    visit(story)
