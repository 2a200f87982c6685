"""Pictures through the door."""

from __future__ import annotations

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def test_a_picture_is_uploaded_shown_in_a_tweet_and_kept(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        name = (await ann.post("/api/media", content=PNG, headers={"Content-Type": "image/png"})).json()["name"]
        tweet = (await ann.post("/api/tweets", json={"text": "look", "media": [name]})).json()
        picture = await house.browser().get(f"/media/{name}")
        assert (tweet["media"], picture.content, picture.headers["content-type"]) == ([name], PNG, "image/png")
        assert picture.headers["x-content-type-options"] == "nosniff"

    visit(story)


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"<svg onload=alert(1)>", "image/svg+xml", 415),
        (b"<html>", "image/png", 415),
        (PNG, "image/gif", 415),
        (PNG, "text/html", 415),
        (b"", "image/png", 415),
        (PNG + b"\0" * 5_000_000, "image/png", 413),
    ],
)
def test_what_is_no_picture_is_refused(visit, content, content_type, status):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        answer = await ann.post("/api/media", content=content, headers={"Content-Type": content_type})
        assert answer.status_code == status

    visit(story)


def test_a_tweet_shows_only_what_was_uploaded(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")
        for name in ("0" * 64 + ".png", "../secret", "x"):
            answer = await ann.post("/api/tweets", json={"text": "look", "media": [name]})
            assert answer.status_code == 422

    visit(story)


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e/door.py", "0" * 64 + ".svg", "x"])
def test_no_name_leads_outside(visit, name):
    async def story(house):
        assert (await house.browser().get(f"/media/{name}")).status_code == 404

    visit(story)
