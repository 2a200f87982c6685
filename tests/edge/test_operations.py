"""What those who run a process ask it."""

from __future__ import annotations

from twitterlab.errors import Refused


def test_health_is_about_the_process_and_readiness_about_its_stores(visit):
    async def story(house):
        browser = house.browser()
        ready = await browser.get("/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")

        async def full():
            raise Refused("the disk is full", "unavailable")

        house.platform.stores._ping = full

        away = await browser.get("/ready")
        assert (away.status_code, away.json()["type"], away.json()["detail"]) == (503, "unavailable", "not there: rows")
        assert (await browser.get("/health")).json() == {"status": "ok"}

    visit(story)


def test_a_store_that_does_not_answer_makes_a_process_unready_and_no_scrape_wait(visit, monkeypatch):
    monkeypatch.setattr("twitterlab.edge.operations.ANSWERS_WITHIN_S", 0.05)

    async def story(house):
        import asyncio

        browser = house.browser()

        async def silent():
            await asyncio.Event().wait()

        house.platform.backlog = silent

        away = await browser.get("/ready")
        metrics = await browser.get("/metrics")
        assert (away.status_code, away.json()["detail"]) == (503, "not there: event log")
        assert metrics.status_code == 200
        assert "fanout_backlog_events" not in metrics.text

    visit(story)


def test_our_own_bug_is_a_problem_like_any_other(visit):
    async def story(house):
        ann, _ = await house.signed_up("ann")

        async def broken(*_):
            raise ZeroDivisionError("a secret of ours")

        house.platform.client.home = broken

        answer = await ann.get("/api/home")
        assert (answer.status_code, answer.json()["type"]) == (500, "failed")
        assert "secret" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert 'route="/api/home",status="500"' in (await ann.get("/metrics")).text

    visit(story)


def test_an_address_is_itself_and_not_another_with_a_slash(visit):
    async def story(house):
        answer = await house.browser().get("/health/", headers={"Host": "evil.test"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)

    visit(story)


def test_the_document_knows_that_a_store_may_be_away(visit):
    from twitterlab.edge.openapi import document

    async def story(house):
        ann, _ = await house.signed_up("ann")

        async def full():
            raise Refused("the disk is full", "unavailable")

        house.platform.client.home = lambda *_: full()
        answer = await ann.get("/api/home")
        assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
        for path, methods in document("1")["paths"].items():
            for operation in methods.values():
                assert "503" in operation["responses"] or path in ("/health", "/metrics"), path

    visit(story)
