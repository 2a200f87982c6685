"""Two people and a browser: what users do, in headless Chromium. Screenshots go where TWITTERLAB_SHOTS says."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.edge.served import Served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'twitterlab[dev]'")
playwright.expect.set_options(timeout=15_000)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH"),
]
GREETING = "Hello @bob 👩‍👩‍👧 see https://example.com/x #first"


@pytest.fixture
def chromium():
    with playwright.sync_playwright() as library:
        browser = library.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Somebody in front of a page. `errors` are what the page's own scripts got wrong."""

    def __init__(self, chromium, url, handle, **context):
        self.url, self.handle = url, handle
        self.page = chromium.new_context(**context).new_page()
        self.page.set_default_timeout(15_000)
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url)
        self.page.get_by_role("button", name="Make an account").click()
        self.page.get_by_label("Handle").fill(handle)
        self.page.get_by_label("Name").fill(handle.title())
        self.page.get_by_label("Password").fill("long enough")
        self.page.get_by_role("button", name="Sign up").click()
        self.page.get_by_role("heading", name="Home").wait_for()

    def go(self, address):
        self.page.goto(self.url + address)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def post(self, text):
        self.page.get_by_label("What is happening?").fill(text)
        self.page.keyboard.press("Control+Enter")

    def shot(self, name):
        if folder := os.environ.get("TWITTERLAB_SHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png")


def test_two_people_live_through_an_afternoon(chromium):
    expect = playwright.expect
    with Served() as served:
        ann = Person(chromium, served.url, "ann", viewport={"width": 1280, "height": 860})
        bob = Person(chromium, served.url, "bob", viewport={"width": 390, "height": 800}, color_scheme="dark")

        bob.go("/@ann")
        bob.button("Follow").click()
        bob.button("Following").wait_for()
        bob.go("/")
        bob.page.get_by_role("heading", name="Home").wait_for()
        bob.page.wait_for_selector("body.is-live", state="attached")

        ann.post(GREETING)
        card = bob.page.get_by_role("article").filter(has_text="Hello")
        card.wait_for()  # without a reload
        expect(card.get_by_role("link", name="@bob")).to_have_attribute("href", "/@bob")
        expect(card.get_by_role("link", name="#first")).to_have_attribute("href", "/search?q=%23first")
        expect(card.get_by_role("link", name="https://example.com/x")).to_have_attribute("target", "_blank")
        expect(bob.page.get_by_label("1 new")).to_be_visible()
        bob.shot("phone")

        card.get_by_role("button", name="like").click()
        expect(card.get_by_role("button", name="like, 1")).to_have_attribute("aria-pressed", "true")
        card.get_by_role("button", name="reply").click()
        bob.page.get_by_label("Reply to Ann").fill("Hello yourself")
        bob.page.get_by_role("button", name="Reply", exact=True).click()
        mine = ann.page.get_by_role("article").filter(has_text="see https://example.com/x")
        expect(mine.get_by_role("button", name="like, 1")).to_be_visible()  # counted while she looks at it
        expect(mine.get_by_role("button", name="reply, 1")).to_be_visible()
        ann.go("/notifications")
        expect(ann.page.get_by_text("replied to you")).to_be_visible()
        expect(ann.page.get_by_text("likes your tweet")).to_be_visible()

        ann.go("/search")
        ann.page.get_by_label("Search", exact=True).fill("yourself")
        ann.page.keyboard.press("Enter")
        expect(ann.page.get_by_text("Hello yourself")).to_be_visible()

        ann.go("/@bob")
        ann.page.get_by_role("link", name="Message", exact=True).click()
        ann.page.get_by_label("Message", exact=True).fill("psst")
        ann.page.keyboard.press("Enter")
        bob.go("/messages")
        bob.page.get_by_role("link", name="Ann").click()
        expect(bob.page.get_by_text("psst")).to_be_visible()
        ann.page.get_by_label("Message", exact=True).fill("still there?")
        ann.page.keyboard.press("Enter")
        expect(bob.page.get_by_text("still there?")).to_be_visible()  # live

        ann.go("/")
        ann.page.get_by_role("article").first.wait_for()
        ann.page.get_by_role("button", name="X-ray").click()
        ann.page.locator("#xray .requests button").filter(has_text="/api/home").first.click()
        expect(ann.page.locator("#xray .way svg")).to_contain_text("cache · get")
        ann.shot("home")

        bob.go("/@ann")
        bob.button("Block").click()
        bob.button("Blocked").wait_for()
        ann.go("/@bob")
        expect(ann.page.get_by_role("alert")).to_contain_text("blocked")
        assert ann.errors == bob.errors == []


def test_markup_is_shown_and_not_run(chromium):
    markup = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    with Served() as served:
        ann = Person(chromium, served.url, "ann")
        ann.post(markup)
        playwright.expect(ann.page.get_by_role("article")).to_contain_text(markup)
        assert ann.page.title() == "twitterlab"
        bob = Person(chromium, served.url, "bob")
        change = "body => fetch('/api/me', {method: 'PUT', headers: {'Content-Type': 'application/json'}, body})"
        ann.page.evaluate(change, json.dumps({"name": markup[:50], "bio": markup}))
        bob.go("/@ann")
        playwright.expect(bob.page.locator("main")).to_contain_text(markup)
        playwright.expect(bob.page.get_by_role("heading", level=1)).to_contain_text(markup[:50])
        bob.page.get_by_role("link", name="Message", exact=True).click()
        bob.page.get_by_label("Message", exact=True).fill(markup)
        bob.page.keyboard.press("Enter")
        ann.go("/messages")
        ann.page.get_by_role("link", name="Bob").click()
        playwright.expect(ann.page.locator("main")).to_contain_text(markup)
        ann.go("/search?q=owned")
        playwright.expect(ann.page.get_by_role("article")).to_contain_text(markup)
        assert ann.page.title() == bob.page.title() == "twitterlab"
        assert ann.errors == bob.errors == []


def test_friends_of_friends_are_suggested_and_followed_with_one_press(chromium):
    with Served() as served:
        cat = Person(chromium, served.url, "cat")
        bob = Person(chromium, served.url, "bob")
        bob.go("/@cat")
        bob.button("Follow").click()
        bob.button("Following").wait_for()
        ann = Person(chromium, served.url, "ann", viewport={"width": 1280, "height": 860})
        ann.go("/@bob")
        ann.button("Follow").click()
        ann.button("Following").wait_for()
        ann.go("/")
        aside = ann.page.locator("#aside")
        playwright.expect(aside).to_contain_text("@cat")
        playwright.expect(aside).not_to_contain_text("[object")
        aside.get_by_role("button", name="Follow").click()
        playwright.expect(aside.get_by_role("button", name="Following")).to_be_disabled()
        assert cat.errors == bob.errors == ann.errors == []


def test_the_keyboard_is_enough(chromium):
    with Served() as served:
        ann = Person(chromium, served.url, "ann")
        ann.post("one")
        ann.page.get_by_role("article").wait_for()
        ann.page.locator("#main").focus()
        ann.page.keyboard.press("j")
        ann.page.keyboard.press("l")
        playwright.expect(ann.page.get_by_role("button", name="like, 1")).to_be_visible()
        ann.page.keyboard.press("n")
        ann.page.keyboard.type("two")
        ann.page.keyboard.press("Control+Enter")
        ann.page.locator("dialog").wait_for(state="detached")
        ann.page.keyboard.press("x")
        playwright.expect(ann.page.locator("#xray")).to_be_visible()


def test_everything_is_in_reach_on_a_phone(chromium):
    with Served() as served:
        ann = Person(
            chromium, served.url, "ann", viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True
        )
        ann.post("tea #rain")
        ann.page.get_by_role("article").wait_for()
        for name in ("Home", "Notifications", "Messages", "Search", "Profile"):
            ann.page.get_by_role("navigation").get_by_role("link", name=name).tap()
            ann.page.get_by_role("heading", level=1).wait_for()
            assert ann.page.evaluate("document.documentElement.scrollWidth") <= 390, name
        ann.go("/search")
        playwright.expect(ann.page.locator(".around")).to_contain_text("#rain")
        ann.page.get_by_role("button", name="X-ray").tap()
        ann.page.locator("#xray .requests button").filter(has_text="/api/trends").first.tap()
        playwright.expect(ann.page.locator("#xray .way")).to_contain_text("read_trends")
        assert ann.errors == []
